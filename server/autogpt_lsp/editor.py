"""What the client at the other end can do, read once from its `initialize`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Editor:
    """Abilities that change what the server sends. A client that says nothing gets the plainest form of everything."""

    name: str = ""
    names_server: bool = False
    """It writes the server's name before each progress itself."""
    process: int | None = None
    progress: bool = False
    configuration: bool = False
    watches_configuration: bool = False
    document_changes: bool = False
    resource_operations: frozenset[str] = frozenset()
    annotations: bool = False
    metadata: bool = False
    """`applyEdit` may say that it is a refactoring, so that the client's auto-save for those applies."""
    content_refresh: bool = False
    lens_refresh: bool = False
    lazy_command: bool = False
    """`codeAction/resolve` may fill in the command."""
    disabled_actions: bool = False
    action_tags: bool = False
    related_information: bool = False
    show_document: bool = False
    commands: frozenset[str] = frozenset()
    """Commands the client itself carries out, such as one that asks for the text of a task."""
    review: bool = False
    """The client shows proposals itself, so the server need not do it with diagnostics."""


def editor_of(params: Mapping[str, Any]) -> Editor:
    """Read the parameters of `initialize` as they came, whatever is missing or of the wrong type."""

    def at(*names: str) -> Any:
        value: Any = params.get("capabilities")
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    own = at("experimental", "autogpt")
    own = own if isinstance(own, dict) else {}
    info = params.get("clientInfo")
    process = params.get("processId")
    operations = frozenset(_texts(at("workspace", "workspaceEdit", "resourceOperations")))
    name = str(info.get("name", "")) if isinstance(info, dict) else ""
    return Editor(
        name=name,
        names_server=name.lower() == "helix",
        process=process if isinstance(process, int) and not isinstance(process, bool) else None,
        progress=at("window", "workDoneProgress") is True,
        configuration=at("workspace", "configuration") is True,
        watches_configuration=at("workspace", "didChangeConfiguration", "dynamicRegistration") is True,
        # Resource operations exist only inside documentChanges: a client with them (Neovim 0.11) takes both.
        document_changes=at("workspace", "workspaceEdit", "documentChanges") is True or bool(operations),
        resource_operations=operations,
        annotations=isinstance(at("workspace", "workspaceEdit", "changeAnnotationSupport"), dict),
        metadata=at("workspace", "workspaceEdit", "metadataSupport") is True,
        content_refresh=isinstance(at("workspace", "textDocumentContent"), dict),
        lens_refresh=at("workspace", "codeLens", "refreshSupport") is True,
        lazy_command="command" in _texts(at("textDocument", "codeAction", "resolveSupport", "properties")),
        disabled_actions=at("textDocument", "codeAction", "disabledSupport") is True,
        action_tags=isinstance(at("textDocument", "codeAction", "tagSupport"), dict),
        related_information=at("textDocument", "publishDiagnostics", "relatedInformation") is True,
        show_document=at("window", "showDocument", "support") is True,
        commands=frozenset(_texts(own.get("commands"))),
        review=own.get("review") is True,
    )


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
