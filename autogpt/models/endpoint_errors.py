"""What went wrong with an endpoint, said to the person: one sentence for what happened, one for what to do."""

from __future__ import annotations

import re
from typing import Any

import openai

from autogpt.errors import ModelError
from autogpt.models.base import ContextTooLong

SHOWN = 300
"""Characters of a server's own words that are repeated."""

_CONTEXT = re.compile(
    r"context.{0,20}(length|window|size)|maximum context|exceed\w*.{0,40}context|prompt is too long"
    r"|too many (input )?tokens|(longer|larger|greater) than.{0,40}(maximum )?model length",
    re.IGNORECASE | re.DOTALL,
)
_TOOLS = re.compile(r"\btools?\b|\btool[ _-](calls?|choice|use)\b|function[ _-]call", re.IGNORECASE)
_TEMPLATE = re.compile(r"roles? must alternate|system (role|message|prompt)|chat.?template|jinja", re.IGNORECASE)
_RESTING = 409, 408, 425, 429


class Dropped(Exception):
    """The stream ended before the answer did."""


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed in a moment."""
    if isinstance(error, Dropped):
        return True
    if isinstance(error, openai.APIStatusError):
        if _code(error) == "insufficient_quota" or retry_after(error) > LONGEST_WAIT:
            return False
        return error.status_code in _RESTING or error.status_code >= 500
    if isinstance(error, openai.APITimeoutError) and type(error.__cause__).__name__ != "ConnectTimeout":
        return False  # who was silent for so long is only given more to do by asking again
    return isinstance(error, openai.APIConnectionError) and not _is_certificate(error)


LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""


def retry_after(error: BaseException | None) -> float:
    """Seconds that the server asked to wait, 0 when it did not say."""
    if not isinstance(error, openai.APIStatusError):
        return 0.0
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    return 0.0


def is_context(error: BaseException) -> bool:
    """Whether the server says that prompt and answer do not fit the model's window."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in (400, 413, 422, 500)
    return refused and _CONTEXT.search(server_words(error)) is not None


def refused_parameter(error: BaseException, sent: set[str]) -> str:
    """The optional parameter of the request that the server does not take; "" when it complains of something else."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in (400, 422):
        return ""
    named = _body(error).get("param")
    if isinstance(named, str) and named.split(".")[0] in sent:
        return named.split(".")[0]
    words = server_words(error)
    return next((name for name in sorted(sent, key=len, reverse=True) if re.search(rf"\b{name}\b", words)), "")


def refuses_tools(error: BaseException) -> bool:
    """Whether the server, or the model behind it, cannot be given tools; each says so with a status of its own."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in (400, 404, 422, 500, 501)
    return refused and _TOOLS.search(server_words(error)) is not None


def is_template(error: BaseException) -> bool:
    """Whether the model's chat template raised over the conversation, as those without a system message do."""
    refused = isinstance(error, openai.APIStatusError) and error.status_code in (400, 422, 500)
    return refused and _TEMPLATE.search(server_words(error)) is not None


def server_words(error: BaseException) -> str:
    """The server's own message on one line."""
    message = _body(error).get("message") or _body(error).get("detail") or getattr(error, "message", "") or str(error)
    return " ".join(str(message).split())


def describe(
    error: BaseException, *, url: str, model: str, key: str, known: tuple[str, ...] = (), silence: float = 0.0
) -> ModelError:
    """The failure as a `ModelError`; the key is cut out of whatever the server said. `known` are its models, `silence`
    the seconds that it could be silent."""
    happened, hint = _timed_out(error, url, silence) or _describe(error, url, model, known)
    if key:
        alone = re.compile(rf"(?<!\w){re.escape(key)}(?!\w)")  # a key of a letter or two is not in every word
        happened, hint = alone.sub("<key>", happened), alone.sub("<key>", hint)
    return (ContextTooLong if is_context(error) else ModelError)(happened, hint)


def _timed_out(error: BaseException, url: str, silence: float) -> tuple[str, str] | None:
    if not isinstance(error, openai.APITimeoutError):
        return None
    if not silence or type(error.__cause__).__name__ == "ConnectTimeout":
        return f"{url} did not answer in time.", "Is it running, and is the address right?"
    return (
        f"{url} did not answer in time: it was silent for {silence:g} s.",
        "Raise `max_silence` for a slow model; one that is still being loaded answers later.",
    )


def _describe(error: BaseException, url: str, model: str, known: tuple[str, ...]) -> tuple[str, str]:
    if isinstance(error, ModelError):
        return str(error), error.hint
    if isinstance(error, Dropped):
        return f"{url} cut its answer off, several times: {error}.", "Look into the server's log; it may be overloaded."
    if isinstance(error, openai.APIConnectionError):
        return _connection(error, url)
    if isinstance(error, openai.APIStatusError):
        return _status(error, url, model, known)
    if isinstance(error, openai.APIError):
        return f"{url} failed while answering: {_shown(error)}", "Look into the server's log."
    return (
        f"{url} answered something that is not the OpenAI protocol ({type(error).__name__}).",
        "Give the base URL of a chat completions server; it usually ends in /v1.",
    )


def _connection(error: openai.APIConnectionError, url: str) -> tuple[str, str]:
    if _is_certificate(error):
        return f"The certificate of {url} is not trusted.", "SSL_CERT_FILE can name the certificate of your own server."
    cause = error.__cause__ or error
    happened = f"{url} cannot be reached: {' '.join(str(cause).split())[:SHOWN] or type(cause).__name__}."
    return happened, "Start the server, or give another --endpoint."


def _status(error: openai.APIStatusError, url: str, model: str, known: tuple[str, ...]) -> tuple[str, str]:
    words, status = _shown(error), error.status_code
    if is_context(error):
        return f"The prompt does not fit the window of {model}: {words}", "Choose a model with a larger window."
    if status in (401, 403):
        which = "does not take the key" if status == 401 else "does not let this key use the model"
        return f"{url} {which}: {words}", "Set AUTOGPT_API_KEY to a key of this server."
    if known and model not in known:
        return f"{url} has no model `{model}`.", "It has " + ", ".join(known[:10]) + "."
    if status == 404:
        return (
            f"{url} knows no such model or address: {words}",
            "The base URL usually ends in /v1; see `autogpt models`.",
        )
    if 300 <= status < 400:
        place = error.response.headers.get("location", "another address")
        return f"{url} redirects to {place}.", "Give that as --endpoint if you trust it."
    if status == 402 or _code(error) == "insufficient_quota":
        return f"The account at {url} has no credit left: {words}", "Top it up, or choose another model."
    if status == 429:
        wait = retry_after(error)
        return f"{url} is over its limit of requests: {words}", f"Try again in {wait:.0f} seconds." if wait else ""
    if status >= 500:
        return f"{url} failed ({status}), several times: {words}", "Look into the server's log."
    return f"{url} refused the request ({status}): {words}", ""


def _shown(error: BaseException) -> str:
    words = server_words(error)
    return words if len(words) <= SHOWN else words[:SHOWN] + " …"


def _is_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _code(error: BaseException) -> str:
    return str(_body(error).get("code") or getattr(error, "code", "") or "")


def _body(error: BaseException) -> dict[str, Any]:
    """The object in which servers say what is wrong; some put it below `error`, some do not."""
    body: Any = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body = body["error"]
    if isinstance(body, dict) and isinstance(body.get("error"), str):
        body = {**body, "message": body["error"]}
    return body if isinstance(body, dict) else {}
