"""Settings per folder, pulled from the client at the start and on every change."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from autogpt_lsp import logging_setup, uris
from autogpt_lsp.settings import FolderSettings, read_section

if TYPE_CHECKING:
    from autogpt_lsp.app import Server

log = logging.getLogger(__name__)
SECTION = "autogpt"
PATIENCE = 1.0
"""Seconds that a command waits for settings the client was asked for."""


class Configurations:
    """The settings of each folder, and of no folder. What is wrong with them is said once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._initial = FolderSettings()
        self._pushed: Any = None
        self._folders: dict[Path | None, FolderSettings] = {}
        self._said: set[str] = set()
        self._early: list[str] = []
        self._pulling: asyncio.Future[None] | None = None

    def of(self, root: Path | None) -> FolderSettings:
        return self._folders.get(root) or self._folders.get(None) or self._initial

    def problem(self, text: str) -> None:
        """Something wrong that was found before the client may be told."""
        self._early.append(text)

    def read_initialize(self, options: dict[str, Any]) -> None:
        """`initializationOptions.settings`, or the options themselves; the fallback for clients without settings."""
        section = options.get("settings", options)
        if isinstance(section, dict) and isinstance(section.get(SECTION), dict):
            section = section[SECTION]
        self._initial = read_section(section, "initializationOptions")

    async def start(self) -> None:
        """After `initialized`: ask to be told of changes, pull, and say what is wrong."""
        if self._server.editor.watches_configuration:
            registration = types.Registration(
                "autogpt-settings",
                types.WORKSPACE_DID_CHANGE_CONFIGURATION,
                types.DidChangeConfigurationRegistrationOptions(section=SECTION),
            )
            self._server.spawn(
                self._server.protocol.ask_client(
                    types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration])
                )
            )
        await self.pull()

    async def changed(self, pushed: Any) -> None:
        """Clients that push their settings send them along; the others are asked."""
        if pushed is not None and not self._server.editor.configuration:
            self._pushed = _plain(pushed)
        await self.pull()

    async def settled(self) -> None:
        """Wait for settings that are on their way, but not for a client that does not answer."""
        if self._pulling is not None and not self._pulling.done():
            await asyncio.wait([self._pulling], timeout=PATIENCE)

    async def pull(self) -> None:
        """Read the settings of every folder anew."""
        self._pulling = asyncio.ensure_future(self._pull())
        await self._pulling

    async def _pull(self) -> None:
        places: list[Path | None] = [None, *self._server.folders.roots]
        values: list[Any] = [None] * len(places)
        if self._server.editor.configuration:
            items = [types.ConfigurationItem(uris.from_path(place) if place else None, SECTION) for place in places]
            answer = await self._server.protocol.ask_client(
                types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items)
            )
            if isinstance(answer, (list, tuple)) and len(answer) == len(places):
                values = [_plain(value) for value in answer]
        elif isinstance(self._pushed, dict):
            values = [self._pushed.get(SECTION, self._pushed)] * len(places)
        self._folders = {
            place: read_section(value, "the editor's settings", self._initial)
            for place, value in zip(places, values, strict=True)
        }
        for value in values:
            if isinstance(value, dict):
                self._server.trust.tell(value.get("trusted"))
        logging_setup.set_level(self.of(None).server.log_level)
        self._say_problems()

    def _say_problems(self) -> None:
        found = [*self._early, *(text for settings in self._folders.values() for text in settings.problems)]
        new = [text for text in dict.fromkeys(found) if text not in self._said]
        self._said.update(new)
        if new:
            log.warning("settings: %s", " ".join(new))
            self._server.say("autogpt: " + " ".join(new[:5]), types.MessageType.Warning)


def _plain(value: Any) -> Any:
    """pygls delivers free-form objects as named tuples."""
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
