"""Which grammar reads which file, and which of its nodes define a name. Tables only; grammars are loaded when used.

The queries are in the pattern language of tree-sitter. `@definition` is the node of a definition, `@name` its name;
`@scope` holds definitions without being one itself (Rust's `impl`, a namespace).
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any


@dataclass(frozen=True, slots=True)
class Grammar:
    """A language: `module` and `function` give its tree-sitter language, `definitions` and `names` are queries."""

    name: str
    module: str
    definitions: str
    names: str
    function: str = "language"


_PYTHON = """
(function_definition name: (identifier) @name) @definition
(class_definition name: (identifier) @name) @definition
(module (expression_statement (assignment left: (identifier) @name)) @definition)
"""
_JAVASCRIPT = """
(function_declaration name: (identifier) @name) @definition
(generator_function_declaration name: (identifier) @name) @definition
(class_declaration name: (_) @name) @definition
(method_definition name: (property_identifier) @name) @definition
(lexical_declaration (variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (class)])) @definition
(program (lexical_declaration (variable_declarator name: (identifier) @name
  value: [(object) (array) (string) (number) (call_expression) (new_expression)])) @definition)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name
  value: [(object) (array) (string) (number) (call_expression) (new_expression)])) @definition))
(assignment_expression left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)]) @definition
"""
_TYPESCRIPT = (
    _JAVASCRIPT
    + """
(abstract_class_declaration name: (_) @name) @definition
(interface_declaration name: (_) @name) @definition
(type_alias_declaration name: (_) @name) @definition
(enum_declaration name: (_) @name) @definition
(function_signature name: (identifier) @name) @definition
(abstract_method_signature name: (property_identifier) @name) @definition
(internal_module name: (_) @name) @definition
"""
)
_GO = """
(function_declaration name: (identifier) @name) @definition
(method_declaration name: (field_identifier) @name) @definition
(type_declaration (type_spec name: (type_identifier) @name)) @definition
(source_file (const_declaration (const_spec name: (identifier) @name)) @definition)
(source_file (var_declaration (var_spec name: (identifier) @name)) @definition)
"""
_RUST = """
(function_item name: (identifier) @name) @definition
(function_signature_item name: (identifier) @name) @definition
(struct_item name: (type_identifier) @name) @definition
(enum_item name: (type_identifier) @name) @definition
(union_item name: (type_identifier) @name) @definition
(trait_item name: (type_identifier) @name) @definition
(type_item name: (type_identifier) @name) @definition
(mod_item name: (identifier) @name body: (_)) @definition
(macro_definition name: (identifier) @name) @definition
(const_item name: (identifier) @name) @definition
(static_item name: (identifier) @name) @definition
(impl_item type: [(type_identifier) @name (generic_type type: (type_identifier) @name)]) @scope
"""
_JAVA = """
(class_declaration name: (identifier) @name) @definition
(interface_declaration name: (identifier) @name) @definition
(enum_declaration name: (identifier) @name) @definition
(record_declaration name: (identifier) @name) @definition
(annotation_type_declaration name: (identifier) @name) @definition
(method_declaration name: (identifier) @name) @definition
(constructor_declaration name: (identifier) @name) @definition
"""
_C = """
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @definition
(function_definition declarator: (pointer_declarator declarator:
  (function_declarator declarator: (identifier) @name))) @definition
(declaration declarator: (function_declarator declarator: (identifier) @name)) @definition
(struct_specifier name: (type_identifier) @name body: (_)) @definition
(union_specifier name: (type_identifier) @name body: (_)) @definition
(enum_specifier name: (type_identifier) @name body: (_)) @definition
(type_definition declarator: (type_identifier) @name) @definition
(preproc_def name: (identifier) @name) @definition
(preproc_function_def name: (identifier) @name) @definition
"""
_CPP = (
    _C
    + """
(class_specifier name: (type_identifier) @name body: (_)) @definition
(function_definition declarator: (function_declarator declarator:
  [(field_identifier) (qualified_identifier) (destructor_name) (operator_name)] @name)) @definition
(function_definition declarator: (reference_declarator (function_declarator declarator:
  [(identifier) (field_identifier) (qualified_identifier)] @name))) @definition
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator:
  [(field_identifier) (qualified_identifier)] @name))) @definition
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @definition
(alias_declaration name: (type_identifier) @name) @definition
(namespace_definition name: (namespace_identifier) @name) @scope
"""
)

PYTHON = Grammar("python", "tree_sitter_python", _PYTHON, "(identifier) @name")
JAVASCRIPT = Grammar(
    "javascript",
    "tree_sitter_javascript",
    _JAVASCRIPT,
    "[(identifier) (property_identifier) (shorthand_property_identifier)] @name",
)
_TS_NAMES = "[(identifier) (property_identifier) (shorthand_property_identifier) (type_identifier)] @name"
TYPESCRIPT = Grammar("typescript", "tree_sitter_typescript", _TYPESCRIPT, _TS_NAMES, "language_typescript")
TSX = Grammar("tsx", "tree_sitter_typescript", _TYPESCRIPT, _TS_NAMES, "language_tsx")
GO = Grammar("go", "tree_sitter_go", _GO, "[(identifier) (type_identifier) (field_identifier)] @name")
RUST = Grammar("rust", "tree_sitter_rust", _RUST, "[(identifier) (type_identifier) (field_identifier)] @name")
JAVA = Grammar("java", "tree_sitter_java", _JAVA, "[(identifier) (type_identifier)] @name")
C = Grammar("c", "tree_sitter_c", _C, "[(identifier) (type_identifier) (field_identifier)] @name")
CPP = Grammar("cpp", "tree_sitter_cpp", _CPP, "[(identifier) (type_identifier) (field_identifier)] @name")

SUFFIXES: Mapping[str, Grammar] = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), PYTHON),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), JAVASCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts"), TYPESCRIPT),
    ".tsx": TSX,
    ".go": GO,
    ".rs": RUST,
    ".java": JAVA,
    ".c": C,
    **dict.fromkeys((".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"), CPP),
}
"""A header may be either; what is C in it reads as C++ too."""


def grammar_of(path: str) -> Grammar | None:
    """The language of a file by its suffix; None for one that has no grammar here."""
    return SUFFIXES.get(PurePosixPath(path).suffix.lower())


@dataclass(frozen=True, slots=True)
class Loaded:
    """A grammar ready for use; the three are objects of `tree_sitter`. A parser serves one thread at a time."""

    parser: Any
    definitions: Any
    names: Any


@functools.cache
def load(grammar: Grammar) -> Loaded:
    """Load a grammar, some milliseconds; the caller sees that no two threads parse at once."""
    import tree_sitter

    capsule: object = getattr(importlib.import_module(grammar.module), grammar.function)()
    language = tree_sitter.Language(capsule)
    return Loaded(
        tree_sitter.Parser(language),
        tree_sitter.Query(language, grammar.definitions),
        tree_sitter.Query(language, grammar.names),
    )
