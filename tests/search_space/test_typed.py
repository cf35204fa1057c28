"""Bodies from declared types: what a person would write is among the first, from annotations and docstring alone."""

from __future__ import annotations

import ast
from itertools import islice

import pytest

from autogpt.search.space.source import Source
from autogpt.search.synthesis import bodies

HEAD = """\
from __future__ import annotations
from dataclasses import dataclass

@dataclass
class Book:
    title: str
    pages: int
    price: float
    sold: bool

def words(text: str) -> list[str]:
    return text.split()

class Shelf:
    def __init__(self, room: int) -> None:
        self.room = room
        self.books: list[Book] = []
        self._by_author: dict[str, int] = {}

    def count(self, author: str) -> int:
        return self._by_author[author]

"""
CASES = [
    ("def slug(title: str) -> str:", "`A b` becomes `a-b`.", 'return "-".join(words(title))', 120),
    ("def check(rate: int) -> int:", "The rate, from 0 to 9, else ValueError.", "if not 0 <= rate <= 9:", 20),
    ("    def pages(self) -> int:", "All pages of the books together.", "sum(book.pages for book in self.books)", 60),
    ("    def titles(self) -> list[str]:", "Titles in order.", "sorted(book.title for book in self.books)", 80),
    ("    def unsold(self) -> list[Book]:", "Not sold.", "[book for book in self.books if not book.sold]", 120),
    ("    def worth(self) -> float:", "The price of all books.", "sum(book.price for book in self.books)", 60),
    ("    def is_full(self) -> bool:", "Whether no room is left.", "len(self.books) >= self.room", 400),
    ("    def busy(self, least: int) -> list[str]:", "Authors with more books than the least.",
     "[key for key in self._by_author if self.count(key) > least]", 200),
    ("    def find(self, title: str) -> Book | None:", "The book of that title.",
     "next((book for book in self.books if book.title == title), None)", 60),
]  # fmt: skip


@pytest.mark.parametrize(("header", "docstring", "wanted", "within"), CASES)
def test_body(header: str, docstring: str, wanted: str, within: int) -> None:
    indent = " " * (len(header) - len(header.lstrip()) + 4)
    text = f'{HEAD}{header}\n{indent}"""{docstring}"""\n{indent}raise NotImplementedError\n'
    name = header.split("def ")[1].split("(", maxsplit=1)[0]
    source = Source("m.py", text)
    where = f"Shelf.{name}" if header.startswith(" ") else name

    found = list(islice(bodies(source, where), within))

    assert any(wanted in edit.text for edit in found)
    for edit in found:
        ast.parse(text[: edit.start] + edit.text + text[edit.end :])


def test_classes_of_other_files_are_known() -> None:
    """A total often needs a field of a class that lives elsewhere."""
    other = Source("book.py", "class Book:\n    pages: int\n")
    text = "from book import Book\n\n\ndef total(books: list[Book]) -> int:\n    raise NotImplementedError\n"
    found = islice(bodies(Source("m.py", text), "total", (), (other,)), 60)
    assert any("sum(book.pages for book in books)" in edit.text for edit in found)
