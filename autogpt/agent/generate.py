"""Code for a task without a workspace: a chat model is asked once; the built-in one fills in a function by examples."""

from __future__ import annotations

import ast
import re
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

from autogpt.agent.examples import as_tests
from autogpt.config import Settings
from autogpt.errors import ModelError, UsageError
from autogpt.models.base import Message
from autogpt.models.reading import without_thinking
from autogpt.models.registry import make_chat_model
from autogpt.stop import Stop
from autogpt.task import Task

PROMPT = "You write code. Answer with one fenced code block that holds all of it, ready to be saved, and nothing else."
AGAIN = "There is no fenced code block in your answer. Answer with one that holds all of the code."
TRIES = 2
FENCED = re.compile(r"^(`{3,}|~{3,})[^\n]*\n(.*?)^\1[ \t]*$", re.DOTALL | re.MULTILINE)
HEADER = re.compile(r"^([ \t]*)def\s+(\w+)\s*\(.*?\)\s*(?:->[^:\n]+)?:", re.DOTALL | re.MULTILINE)


def generate_code(task: str, settings: Settings) -> str:
    """The text of the code. Raise `UsageError` for an empty task, `ModelError` when the model cannot write it."""
    if not task.strip():
        raise UsageError("The task is empty.", "Say in a sentence what the code is to do.")
    return _by_examples(task, settings) if settings.model in ("builtin", "search") else _by_asking(task, settings)


def _by_asking(task: str, settings: Settings) -> str:
    """Ask, and once more where the answer is no code: prose must not be taken for it."""
    model, stop = make_chat_model(settings), Stop(settings.max_seconds)
    messages = [Message("system", PROMPT), Message("user", task)]
    said = ""
    for _ in range(TRIES):
        (answer, *_) = model.complete(messages, stop=stop)
        if answer.truncated:
            raise ModelError(f"The answer of {model.name} was cut off by its token limit.")
        said = without_thinking(answer.text)
        if code := extract_code(said):
            return code
        messages += [Message("assistant", said.strip() or "(empty)"), Message("user", AGAIN)]
    raise ModelError(f"{model.name} answered without code: {said.strip()[:200]!r}.")


def extract_code(answer: str) -> str:
    """The longest fenced block; the whole answer where nothing is fenced and it is Python; else ""."""
    blocks = [match[2] for match in FENCED.finditer(answer)]
    if blocks:
        return max(blocks, key=len).strip("\n") + "\n"
    try:
        return answer if ast.parse(answer).body else ""
    except (SyntaxError, ValueError):
        return ""


def _by_examples(task: str, settings: Settings) -> str:
    """Search for a body of the task's `def` that does what its `>>>` examples show."""
    from autogpt.agent.run import run

    header = HEADER.search(task)
    if header is None:
        raise _no_examples()
    stub = textwrap.dedent(header[0]) + "\n    raise NotImplementedError\n"
    try:
        module = ast.parse(stub)
    except SyntaxError as error:
        raise UsageError(f"The header of the function cannot be read: {error.msg}.") from error
    tests = as_tests(header[2], task, module, "solution")
    if tests is None:
        raise _no_examples()
    with tempfile.TemporaryDirectory(prefix="autogpt-") as name:
        folder = Path(name) / "code"
        folder.mkdir()
        (folder / "solution.py").write_text(stub, encoding="utf-8")
        (folder / "test_solution.py").write_text(tests, encoding="utf-8")
        result = run(Task("fix", str(folder)), replace(settings, test_command="", python=""))
        if not result.verified:
            raise ModelError(f"No body of {header[2]} was found that agrees with the examples. {result.reason}")
        return _solution(folder, result.run)


def _no_examples() -> ModelError:
    return ModelError(
        "The built-in model writes a function from its header and its examples, such as `>>> double(2)` and `4`.",
        "Name a language model for anything else: model='hf:…', or model=… with endpoint=….",
    )


def _solution(folder: Path, run_id: str) -> str:
    from autogpt.agent import manage

    planned = manage.plan(folder, run_id)
    content = planned.writes["solution.py"]
    assert content is not None
    manage.discard(folder, run_id)
    return content.decode()
