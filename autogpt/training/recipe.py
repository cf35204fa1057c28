"""What a training is: one frozen dataclass a stage, read from a TOML file, where an unknown key is an error."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from cattrs import Converter
from cattrs.errors import BaseValidationError
from cattrs.v import transform_error

from autogpt.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class DataConfig:
    """What is learnt from. Counts are limits."""

    standard_library: bool = True
    packages: tuple[str, ...] = ("all",)
    """Names in sources.toml; `all` for each of them."""
    max_files: int = 0
    """Of each source; 0 for all."""
    mutants: int = 20_000
    """Bug-and-fix pairs from functions, without a failing test."""
    tested_mutants: int = 0
    """Bug-and-fix pairs of tasks of the curriculum, with the failing check's text."""
    variants: int = 8
    """Of each family of elementary tasks."""
    families: int = 0
    """0 for all."""
    similarity: float = 0.8
    """Share of equal shingles from which on two pieces count as one."""
    gram: int = 13
    """Tokens in a row that must not be shared with what is excluded."""
    exclude: tuple[str, ...] = ()
    """Folders of code that must not be learnt, such as a benchmark's. Relative to where the command is run."""


@dataclass(frozen=True, slots=True)
class TokenizerConfig:
    vocabulary: int = 8192
    sample_bytes: int = 40_000_000
    units: int = 0
    """Pieces of code that are encoded, the first of a shuffle; 0 for all."""
    choices: int = 0
    """Bugs of which choices for the ranking are made; 0 for all."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Sizes of a decoder of the Llama architecture."""

    width: int = 320
    layers: int = 8
    heads: int = 5
    key_heads: int = 1
    inner: int = 960
    context: int = 512


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training by gradient descent. `steps` are updates of the weights."""

    steps: int = 1000
    batch: int = 16
    """Sequences an update, over all processes."""
    micro: int = 16
    """Sequences at a time on one device."""
    length: int = 512
    rate: float = 1e-3
    floor: float = 0.1
    """Share of `rate` at the end."""
    warmup: int = 100
    decay: float = 0.1
    clip: float = 1.0
    precision: Literal["no", "bf16"] = "no"
    save_every: int = 200
    check_every: int = 200
    check_batches: int = 8
    fill: float = 0.3
    """Share of plain code that is shown as something to fill in."""
    weights: dict[str, float] = field(default_factory=dict[str, float])
    """How often each kind of example is drawn: plain, fill, repair, implement."""
    max_seconds: float = 0.0
    """A clean stop after so long, to be continued by the same command; 0 for none."""


@dataclass(frozen=True, slots=True)
class ImproveConfig:
    """Expert iteration: rounds of trying edits on tasks with checks, and of learning from what passed."""

    rounds: int = 0
    bugs: int = 400
    """New bugs of the curriculum's tasks each round; a quarter of them are kept to measure on."""
    tries: int = 40
    """Edits tried on each, the best first by what the model knows so far."""
    train: TrainConfig = TrainConfig()


@dataclass(frozen=True, slots=True)
class ExportConfig:
    dtype: Literal["float16", "bfloat16", "float32"] = "float16"
    max_megabytes: float = 40.0


_PASSING = ("max_seconds", "save_every", "check_every", "check_batches", "micro")
"""How a training is run, not what comes out of it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All stages with one seed."""

    name: str
    seed: int = 1
    data: DataConfig = DataConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    model: ModelConfig = ModelConfig()
    pretrain: TrainConfig = TrainConfig()
    sft: TrainConfig = TrainConfig()
    rank: TrainConfig = TrainConfig()
    improve: ImproveConfig = ImproveConfig()
    export: ExportConfig = ExportConfig()

    def mark(self, *parts: str) -> str:
        """A short hash of the named parts and the seed: what was made under another one is made anew."""
        settings = {name: asdict(getattr(self, name)) for name in parts}
        for part in settings.values():
            for passing in _PASSING:
                part.pop(passing, None)
                part.get("train", {}).pop(passing, None)
        text = json.dumps([self.seed, settings], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_recipe(name: str) -> Recipe:
    """A recipe of ours by its name, or a TOML file by its path. Raise `UsageError` for what cannot be read."""
    own = RECIPES / f"{name}.toml"
    path = own if own.is_file() else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.toml")))
        raise UsageError(f"There is no recipe `{name}`.", f"Give {known}, or the path of a TOML file.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return structured({"name": path.stem, **table}, Recipe)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error
    except BaseValidationError as error:
        raise UsageError(f"{path}: {'; '.join(transform_error(error))}.") from error


def structured(table: dict[str, Any], kind: Any) -> Any:
    """A dataclass from plain data; an unknown key or a wrong type is an error of cattrs."""
    return Converter(forbid_extra_keys=True).structure(table, kind)
