"""A secret that got into a prompt cannot be taken back."""

from __future__ import annotations

import pytest

from autogpt.models.secrets import MARK, is_secret_file, redact

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
SECRETS = [
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + LETTERS[:36],
    "github_pat_" + LETTERS[:50],
    "glpat-" + LETTERS[:20],
    "sk-" + LETTERS[:40],
    "sk-ant-" + LETTERS[:40],
    "xoxb-" + LETTERS[:24],
    "hf_" + LETTERS[:34],
    "AIza" + LETTERS[:35],
    "eyJ" + LETTERS[:20] + ".eyJ" + LETTERS[:20] + "." + LETTERS[:20],
    "-----BEGIN RSA PRIVATE KEY-----\n" + LETTERS + "\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n" + LETTERS,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_cut_out(secret: str) -> None:
    assert redact(f'KEY = "{secret}"' if "\n" not in secret else secret).count(MARK) == 1
    assert secret not in redact(f"a {secret} b")


def test_a_password_in_a_url_is_cut_out() -> None:
    assert redact("postgres://ada:s3cret@db/x") == f"postgres://{MARK}@db/x"


@pytest.mark.parametrize(
    "text",
    ["sk-learn", "task-1234567890123456789012", "hf_model", "https://example.org:8000/a@b", "eyJ0.eyJ1.x", LETTERS],
)
def test_ordinary_text_stays(text: str) -> None:
    """An edit of a line that was changed in the prompt would not apply."""
    assert redact(text) == text


@pytest.mark.parametrize(
    ("path", "is_secret"),
    [
        (".env", True),
        ("a/.env.local", True),
        (".env.example", False),
        ("k.pem", True),
        ("id_rsa", True),
        ("env.py", False),
    ],
)
def test_files_of_secrets_are_known_by_name(path: str, is_secret: bool) -> None:
    assert is_secret_file(path) is is_secret
