"""What a model has read, kept as keys and values, with room behind them: tokens are added and taken back in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

SPARE = 256
"""Tokens of room that are made at least, and a quarter of what is there: else each token would copy all before it."""


class RoomyLayer(DynamicLayer):
    """A layer's keys and values, `[rows, heads, tokens, width]`, as the beginning of a larger piece of memory."""

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add tokens; all keys and all values are returned."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._rooms = (key_states[..., :0, :], value_states[..., :0, :])
            self.keys, self.values = self._rooms
        assert self.keys is not None and self.values is not None
        start, more = self.keys.shape[-2], key_states.shape[-2]
        self._rooms = _with_room(self._rooms[0], self.keys, more), _with_room(self._rooms[1], self.values, more)
        for room, new in zip(self._rooms, (key_states, value_states), strict=True):
            room[..., start : start + more, :] = new
        self.keys, self.values = (room[..., : start + more, :] for room in self._rooms)
        return self.keys, self.values

    def keep(self, start: int, chosen: torch.Tensor) -> None:
        """Of the tokens from `start` on keep those with these numbers, in this order."""
        end = start + len(chosen)
        for room in self._rooms:
            room[..., start:end, :] = room[..., chosen.to(room.device), :]
        self.keys, self.values = (room[..., :end, :] for room in self._rooms)


def _with_room(room: torch.Tensor, there: torch.Tensor, more: int) -> torch.Tensor:
    """The same memory if so many tokens fit behind those that are there, else a larger copy."""
    count = there.shape[-2]
    if count + more <= room.shape[-2]:
        return room
    shape = list(there.shape)
    shape[-2] = count + more + max(SPARE, count // 4)
    larger = there.new_empty(shape)
    larger[..., :count, :] = there
    return larger


def new_cache() -> Cache:
    """Every layer keeps all tokens, so that any number can be taken back."""
    return Cache(layer_class_to_replicate=RoomyLayer)


@dataclass(slots=True)
class Reading:
    """Keys and values of `tokens`, as the model computed them."""

    tokens: list[int]
    cache: Any

    def cut(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        surplus = self.cache.get_seq_length() - length
        if surplus > 0:
            self.cache.crop(-surplus)
        del self.tokens[length:]

    def keep(self, start: int, chosen: Sequence[int]) -> None:
        """Of the cache's tokens from `start` on keep those with these numbers, which ascend."""
        if len(chosen) < self.cache.get_seq_length() - start:
            numbers = torch.tensor(chosen, dtype=torch.long)
            for layer in self.cache.layers:
                layer.keep(start, numbers)


def common(left: Sequence[int], right: Sequence[int]) -> int:
    """Tokens at the beginning that are the same."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
