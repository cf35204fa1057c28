"""What a model and its data say of themselves: Markdown from the reports that the stages wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autogpt.training.recipe import Recipe


def _table(head: tuple[str, str], rows: Mapping[str, Any]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {key} | {value} |" for key, value in rows.items())]
    return "\n".join(lines)


def data_card(recipe: Recipe, report: Mapping[str, Any]) -> str:
    """What is in the data, where from, under which licences, and what was left out."""
    excluded = report["excluded"]
    hits = {place: len(names) for place, names in excluded["found"].items()}
    exclusion = (
        f"Pieces that share {excluded['size']} tokens in a row with {excluded['grams']} excluded runs are left out, "
        "as is whatever mentions a public suite of exercises or bugs."
    )
    parts = [
        f"# Data of the recipe `{recipe.name}`, seed {recipe.seed}",
        "Code as its authors published it, slips that people make put into it, and generated elementary tasks.",
        "## Sources",
        _table(("source", "licence"), report["licences"]),
        "## Examples",
        _table(("file", "examples"), report["examples"]),
        "## Files met",
        _table(("", "files"), report["files"]),
        "## Pieces met, and why some were left out",
        _table(("", "pieces"), report["units"]),
        "## Exclusion",
        exclusion,
        _table(("near", "pieces left out"), hits) if hits else "None shared a run.",
        "## Bugs by kind",
        _table(("kind", "bugs"), report.get("kinds", {})),
    ]
    return "\n\n".join(parts) + "\n"


def model_card(recipe: Recipe, figures: Mapping[str, Any], licences: Mapping[str, str]) -> str:
    """What the weights are, were made of and can do. `figures` are shown as they are."""
    sizes = recipe.model
    about = (
        f"A decoder of the Llama architecture ({sizes.layers} layers, width {sizes.width}, context {sizes.context} "
        f"tokens), trained from nothing by `autogpt train all --recipe {recipe.name}`, seed {recipe.seed}. It orders "
        "the candidates of the built-in search; it is no chat model, and tests judge what it puts first."
    )
    limits = (
        "Python only. It saw single functions of at most some dozens of lines, and bugs that edits of the search can "
        "make. Nothing was measured beyond the figures above."
    )
    parts = [
        "---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags: [code, program-repair]\n---",
        "# The built-in model's weights",
        about,
        "## Figures",
        _table(("", ""), figures),
        "## Data",
        f"{len(licences)} sources under {', '.join(sorted(set(licences.values())))}. See DATA_CARD.md.",
        "## Limits",
        limits,
    ]
    return "\n\n".join(parts) + "\n"
