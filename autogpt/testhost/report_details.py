"""What is told of a test: how it ended, where an exception came by, texts of bounded length.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""
# The oldest interpreters are to read this too:
# ruff: noqa: UP031

import linecache

MAX_TEXT = 20_000
"""Characters kept of a message or of captured output: what is longer is cut in the middle."""
MAX_FRAMES = 40


def cut(text):
    """At most `MAX_TEXT` characters of it, and a word about what was left out."""
    text = str(text)
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return "%s\n[... %d characters left out ...]\n%s" % (text[:half], len(text) - MAX_TEXT, text[-half:])


def said(error):
    """The text of an exception. Pytest's own of a missing fixture has one only when it is drawn."""
    if type(error).__name__ == "FixtureLookupError":
        return getattr(error, "msg", None) or "fixture '%s' not found" % getattr(error, "argname", "")
    return str(error)


def ranges(numbers):
    """Sorted numbers in short: `1-3,7`."""
    found = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join("%d-%d" % (first, last) if last > first else str(first) for first, last in found)


def outcome_of(report):
    """What one phase of a test came to; None where it will be repeated."""
    if report.outcome == "rerun":
        return None
    if report.failed:
        return "failed" if report.when == "call" else "error"
    expected = hasattr(report, "wasxfail")
    if report.skipped:
        return "xfailed" if expected else "skipped"
    return "xpassed" if expected and report.when == "call" else "passed"


def place_of(error, places):
    """The type of an exception, and where it came by in the workspace: `[path, line, function, text of the line]`."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        path = places.inside(code.co_filename)
        if path is not None and not trace.tb_frame.f_locals.get("__tracebackhide__"):
            name = getattr(code, "co_qualname", code.co_name)
            frames.append([path, trace.tb_lineno, name.replace("<locals>.", ""), _line(code, trace.tb_lineno)])
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        path = places.inside(error.filename)
        if path is not None:
            frames.append([path, error.lineno or 0, "<module>", (error.text or "").strip()])
    if len(frames) > MAX_FRAMES:
        frames = frames[: MAX_FRAMES // 2] + frames[-MAX_FRAMES // 2 :]
    return {"exception": type(error).__name__, "frames": frames}


def _line(code, number):
    return linecache.getline(code.co_filename, number).strip()[:300]
