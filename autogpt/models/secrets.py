"""Cuts out of a text what is a secret by its form, before the text goes into a prompt or a journal. Pure."""

from __future__ import annotations

import re

_SECRETS = re.compile(
    r"""(?x)
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    | \bgh[pousr]_[A-Za-z0-9]{36,}\b | \bgithub_pat_[A-Za-z0-9_]{40,}\b | \bglpat-[A-Za-z0-9_-]{20,}\b
    | \bsk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,}\b
    | \bxox[abprs]-[A-Za-z0-9-]{10,}\b
    | \bhf_[A-Za-z0-9]{30,}\b | \bpypi-[A-Za-z0-9_-]{50,}\b | \bnpm_[A-Za-z0-9]{36}\b
    | \bAIza[0-9A-Za-z_-]{35}\b | \b[sr]k_live_[0-9A-Za-z]{20,}\b
    | \beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}
    | (?<=://)[^\s/:@'"<>{}$]+:[^\s/@'"<>{}$]{3,}(?=@[\w.-]+)
    """,
    re.DOTALL,
)
_SECRET_FILE = re.compile(
    r"(?i)(?:^|/)(?:\.env(?:\.(?!example$|sample$|template$)[^/]*)?|\.netrc|\.pypirc|\.npmrc|id_(?:rsa|dsa|ecdsa|ed25519)|credentials"
    r"|[^/]+\.(?:pem|key|p12|pfx|keystore|jks|kdbx))$"
)

MARK = "<secret left out>"


def redact(text: str) -> str:
    """The text with every secret of a known form replaced by `MARK`."""
    return _SECRETS.sub(MARK, text)


def secret_lines(text: str) -> list[int]:
    """The lines (from 1) on which a secret of a known form begins."""
    return [text.count("\n", 0, found.start()) + 1 for found in _SECRETS.finditer(text)]


def is_secret_file(path: str) -> bool:
    """Whether a file is there to hold secrets; such a file is never shown to a model. `path` with `/`."""
    return _SECRET_FILE.search(path) is not None
