"""The edit protocol as a grammar that servers take (GBNF, which llama.cpp, vLLM and SGLang read). Pure.

Coarser than `AnswerGrammar`, which looks into the files: a text of this grammar parses, and names paths that there are;
whether its SEARCH is found is seen when it is applied.
"""

from __future__ import annotations

from collections.abc import Sequence

from autogpt.edits.teaching import Format

MOST_PATHS = 500
"""Paths that are listed; of a larger project any path may be written."""
PROSE = 60
"""Lines of prose before the first block and after each."""

_RULES = r"""
root ::= think? prose (edits | ask | ending)
think ::= "<think>" [^<]* "</think>" "\n"*
edits ::= block prose (block prose){0,40}
prose ::= said{0,$prose}
said ::= ([^$mark\n] [^\n]*)? "\n"
ending ::= ("Give up: " | "Done" | "No test: ") [^\n]* "\n"?
ask ::= $fence "ask\n" question{1,8} close
question ::= ("read " | "search " | "symbol " | "references " | "list " | "test " | "output ") [^\n]+ "\n"
close ::= $fence "\n"*
file ::= $fence "edit file " new "\n" line* close
delete ::= $fence "edit delete " path "\n" close
rename ::= $fence "edit rename " path " -> " new "\n" close
symbol ::= $fence "edit symbol " path "::" name "\n" line+ close
diff ::= $fence "edit diff " path "\n" line+ close
replace ::= $fence "edit replace " path (" in " name)? "\n" pair+ close
pair ::= "<<<<<<< SEARCH\n" kept+ "=======\n" kept* ">>>>>>> REPLACE\n"
kept ::= ([^<=>$mark\n] [^\n]* | "<" ([^<\n] [^\n]*)? | "=" ([^=\n] [^\n]*)? | ">" ([^>\n] [^\n]*)?)? "\n"
line ::= ([^$mark\n] [^\n]*)? "\n"
name ::= [A-Za-z_] [A-Za-z0-9_.]*
new ::= [A-Za-z0-9_@+.-]+ ("/" [A-Za-z0-9_@+.-]+)*
"""


def gbnf(format: Format, fence: str, paths: Sequence[str]) -> str:
    """The grammar of answers in a format. `paths` are the files that may be changed."""
    own = ("symbol", "replace") if format == "symbol" else (format,)
    kinds = dict.fromkeys([*own, "file", "delete", "rename"] if paths else ["file"])
    known = " | ".join(_quoted(path) for path in paths) if len(paths) <= MOST_PATHS else "new"
    rules = _RULES.replace("$prose", str(PROSE)).replace("$fence", _quoted(fence)).replace("$mark", fence[0])
    lines = [line for line in rules.strip().splitlines() if _is_used(line, kinds)]
    return "\n".join([*lines, f"block ::= {' | '.join(kinds)}", *([f"path ::= {known}"] if paths else [])]) + "\n"


def _is_used(rule: str, kinds: dict[str, None]) -> bool:
    """Whether a rule is reached, since servers complain of others."""
    name = rule.partition(" ")[0]
    if name in ("symbol", "diff", "replace", "file", "delete", "rename"):
        return name in kinds
    if name in ("pair", "kept"):
        return "replace" in kinds
    return name != "name" or bool({"symbol", "replace"} & kinds.keys())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
