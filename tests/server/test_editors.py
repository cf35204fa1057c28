"""The real capabilities of VS Code and Neovim, by a real LSP client: both position encodings, warnings are errors."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.server.client import HERE, SCRIPTED

EDITORS = {"neovim": "utf-8", "visual_studio_code": "utf-16"}
TEXT = 'def add(a, b):  # 🙂🙂\r\n    return a - b  # "é"\r\n'


def start(state: Path) -> ClientServerConfig:
    top = HERE.parents[1]
    return ClientServerConfig(
        server_command=[sys.executable, "-m", "autogpt_lsp"],
        server_env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(top / "server"), str(top)]),
            "AUTOGPT_STATE_HOME": str(state),
            "AUTOGPT_WORKER_COMMAND": SCRIPTED,
        },
    )


@pytest.fixture(params=EDITORS)
async def editor(request: pytest.FixtureRequest, tmp_path: Path, project: Path) -> AsyncIterator[LanguageClient]:
    """An initialized client with the capabilities of one editor; `applied` gets its edits."""
    client: Any = await start(tmp_path / "state").start()
    client.applied = []
    client.states = []

    @client.feature(types.WORKSPACE_APPLY_EDIT)
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        client.applied.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    @client.feature("autogpt/runDidChange")
    def changed(params: Any) -> None:
        client.states.append(params)

    for asked in ("client/registerCapability", "workspace/codeLens/refresh", "workspace/textDocumentContent/refresh"):
        client.feature(asked)(lambda *_: None)
    folder = types.WorkspaceFolder(project.as_uri(), "project")
    capabilities = client_capabilities(request.param)
    folders = {"root_uri": folder.uri, "workspace_folders": [folder]}
    params = types.InitializeParams(capabilities, process_id=os.getpid(), **folders)
    result = await client.initialize_session(params)
    client.encoding = result.capabilities.position_encoding
    client.editor = request.param
    yield client
    await client.shutdown_session()
    await client.stop()
    _ = apply, changed


async def ended(client: Any) -> Any:
    while not client.states or client.states[-1].status in ("queued", "running"):
        await asyncio.sleep(0.02)
    return client.states[-1]


async def command(client: LanguageClient, name: str, argument: dict[str, Any]) -> Any:
    return await client.workspace_execute_command_async(types.ExecuteCommandParams(name, [argument]))


async def test_the_encoding_is_the_editors_first_choice(editor: Any) -> None:
    assert editor.encoding == EDITORS[editor.editor]


async def test_a_run_is_shown_and_applied_in_the_editors_own_terms(editor: Any, project: Path) -> None:
    """Emoji and CRLF in the changed lines; the edit must be right in UTF-8 and in UTF-16 columns."""
    path = project / "calc.py"
    path.write_bytes(TEXT.encode())
    editor.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(path.as_uri(), "python", 7, TEXT))
    )

    started = await command(editor, "autogpt.run.implement", {"task": "fix add"})
    state = await ended(editor)
    await command(editor, "autogpt.proposal.apply", {"run": started["run"]})

    assert state.status == "verified" and state.run == started["run"]
    change = editor.applied[0].edit.document_changes[0]
    assert (change.text_document.uri, change.text_document.version) == (path.as_uri(), 7)
    (edit,) = change.edits
    assert (edit.range.start, edit.range.end) == (types.Position(1, 0), types.Position(2, 0))
    assert edit.new_text == '    return a + b  # "é"\r\n'


async def test_progress_is_created_before_it_is_used_and_ended(editor: Any) -> None:
    """The client of pytest-lsp warns of unknown and doubled tokens, and warnings are errors here."""
    run = (await command(editor, "autogpt.run.implement", {"task": "propose"}))["run"]
    await ended(editor)
    while not editor.progress_reports.get(f"autogpt/{run}") or not isinstance(
        editor.progress_reports[f"autogpt/{run}"][-1], types.WorkDoneProgressEnd
    ):
        await asyncio.sleep(0.02)

    reports = editor.progress_reports[f"autogpt/{run}"]
    assert isinstance(reports[0], types.WorkDoneProgressBegin)


async def test_an_action_resolves_to_its_command(editor: Any, project: Path) -> None:
    path = project / "calc.py"
    item = types.TextDocumentItem(path.as_uri(), "python", 1, path.read_text())
    editor.text_document_did_open(types.DidOpenTextDocumentParams(item))
    place = types.Range(types.Position(4, 0), types.Position(4, 0))
    identifier = types.TextDocumentIdentifier(path.as_uri())
    params = types.CodeActionParams(identifier, place, types.CodeActionContext([]))

    (action,) = await editor.text_document_code_action_async(params)
    resolved = action if action.command else await editor.code_action_resolve_async(action)

    # lsprotocol reads an action that has its command already as a bare command.
    assert "autogpt.run.implement" in str(resolved.command)


async def test_hunks_are_hints_at_their_place(editor: Any, project: Path) -> None:
    path = project / "calc.py"
    item = types.TextDocumentItem(path.as_uri(), "python", 1, path.read_text())
    editor.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await command(editor, "autogpt.run.implement", {"task": "propose"})
    await ended(editor)
    while len(editor.diagnostics.get(path.as_uri(), [])) < 2:
        await asyncio.sleep(0.02)

    found = editor.diagnostics[path.as_uri()]
    assert [(d.severity, d.range.start.line) for d in found] == [(types.DiagnosticSeverity.Hint, 1), (4, 5)]


def test_the_library_has_both_editors() -> None:
    """A newer release may rename them, and the tests above would test nothing."""
    assert all(client_capabilities(name).text_document for name in EDITORS)
    assert pytest_lsp
