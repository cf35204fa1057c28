"""The command that measures a model: over seeded bugs, elementary tasks, or a folder of workspaces with tasks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import click

from autogpt import paths, wire
from autogpt.cli.options import json_option
from autogpt.errors import UsageError

REPOSITORY = Path(__file__).parents[2]


@click.command()
@click.argument("what", metavar="repair|elementary|FOLDER")
@click.option("--model", default="builtin", show_default=True, help="Any model that a run can have.")
@click.option("--endpoint", metavar="URL", help="Passed on to the runs.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Runs at once.")
@click.option("--limit", type=click.IntRange(0), default=0, metavar="N", help="The first N cases; 0 for all.")
@click.option("--case", "only", multiple=True, metavar="NAME", help="Only this case; may be repeated.")
@click.option("--seconds", type=click.FloatRange(1), default=60.0, show_default=True, metavar="N", help="Of each run.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for rows, table and picture.")
@click.option("--resume", is_flag=True, help="Keep the rows that are there, run the other cases.")
@json_option
def bench(
    *,
    what: str,
    model: str,
    endpoint: str | None,
    jobs: int,
    limit: int,
    only: tuple[str, ...],
    seconds: float,
    out: Path | None,
    resume: bool,
    as_json: bool,
) -> int:
    """Measure a model: the seeded bugs of this repository (dev half), elementary tasks of families that no training
    saw, or a FOLDER of cases: NAME/task.toml (task, tests, python), NAME/workspace/ and NAME/hidden/ (tests), such as
    examples/tasks."""
    from autogpt.bench.cases import load_cases
    from autogpt.bench.contest import Contest, Row, rows
    from autogpt.bench.table import picture, summary, table
    from autogpt.training.files import read_lines, write_whole

    name = what if what in ("repair", "elementary") else Path(what).resolve().name
    target = out or paths.state_home() / "bench" / f"{name}-{model.replace('/', '_').replace(':', '_')}"
    if what == "repair":
        options = ["--out", str(target), *(["--resume"] if resume else []), *(["--json"] if as_json else [])]
        return _repair(model, jobs, limit, seconds, [*options, *(part for name in only for part in ("--only", name))])
    cases = load_cases(_elementary(limit or 200, target) if what == "elementary" else Path(what))
    if unknown := sorted({*only} - {case.name for case in cases}):
        raise UsageError(f"There is no case {', '.join(unknown)}.", f"There are: {', '.join(c.name for c in cases)}.")
    cases = [case for case in cases if not only or case.name in only][: limit or None]
    kept_file = target / "rows.jsonl"
    names = {case.name for case in cases}
    there = list(read_lines(kept_file, Row)) if resume and kept_file.exists() else []
    kept: list[Row] = [row for row in there if row.name in names and row.status != "no answer"]
    missing = [case for case in cases if case.name not in {row.name for row in kept}]
    contest = Contest(model, seconds, ("--endpoint", endpoint) if endpoint else ())
    try:
        for row in rows(missing, contest, jobs):
            kept.append(row)
            write_whole(kept_file, "".join(json.dumps(asdict(one)) + "\n" for one in kept))
            click.echo(f"{len(kept)}/{len(cases)} {row.name}: {row.status}, {row.seconds:.1f} s {row.reason}", err=True)
    except KeyboardInterrupt:
        click.echo("Interrupted; --resume goes on.", err=True)
    told = table(kept, len(cases))
    write_whole(target / "table.md", told + "\n")
    write_whole(target / "picture.svg", picture(f"{name}, {model}", kept, seconds))
    if as_json:
        click.echo(wire.dump({**summary(kept, len(cases)), "rows": [asdict(row) for row in kept]}))
    else:
        click.echo(told)
        click.echo(f"\nPicture and rows: {target}")
    return 0 if len(kept) == len(cases) else 130


def _elementary(count: int, target: Path) -> Path:
    from autogpt.bench.cases import write_elementary

    folder = target / "cases"
    if len(list(folder.glob("*/task.toml"))) < count:
        write_elementary(folder, count)
    return folder


def _repair(model: str, jobs: int, limit: int, seconds: float, options: list[str]) -> int:
    """The benchmark is no part of the package: it needs a checkout."""
    if not (REPOSITORY / "benchmarks" / "repair" / "run.py").is_file():
        raise UsageError("The seeded bugs are not part of the package.", "Run this in a checkout of the repository.")
    command = [sys.executable, "-m", "benchmarks.repair.run", "--model", model, "--jobs", str(jobs)]
    command += ["--limit", str(limit), "--seconds", f"{seconds:g}", *options]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode
