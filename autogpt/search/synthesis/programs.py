"""Bodies of several statements: guards and cases, checks that raise, and the loops that programmers know by heart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from autogpt.search.synthesis.examples import Example
from autogpt.search.synthesis.loops import singular
from autogpt.search.synthesis.values import FAILED, Term, equal

Body = tuple[float, tuple[str, ...]]
"""Cost, and lines with their own indentation by four spaces."""


def matches(one: Term, examples: Sequence[Example]) -> int:
    """The examples that an expression answers, as bits."""
    return sum(
        1 << index
        for index, (value, example) in enumerate(zip(one.values, examples, strict=True))
        if not example.raises and equal(value, example.result)
    )


def truths(one: Term) -> int | None:
    """The examples for which a test holds, as bits; None when it cannot be evaluated on one."""
    if any(value is FAILED for value in one.values):
        return None
    return sum(1 << index for index, value in enumerate(one.values) if value)


def cases(terms: Sequence[Term], examples: Sequence[Example]) -> Iterator[Body]:
    """`if test: return one`, `return other`; with up to three tests; raising where the examples raise."""
    everything = (1 << len(examples)) - 1
    errors = sum(1 << index for index, example in enumerate(examples) if example.raises)
    answers: dict[int, Term] = {}
    for one in terms:
        mask = matches(one, examples)
        if mask and _is_told(one, mask, examples) and (mask not in answers or answers[mask].size > one.size):
            answers[mask] = one
    tests: dict[int, Term] = {}
    for one in terms:
        if one.kind == "bool" and (mask := truths(one)) not in (None, 0, everything) and mask not in tests:
            tests[mask] = one  # type: ignore[index]
    for one, mask in thresholds(examples):
        tests.setdefault(mask, one)
    head, cost, done = _checks(tests, examples, errors)
    if errors and head is None:
        return
    lines, left = tuple(head or ()), everything & ~done
    found: list[Body] = []
    for answer, one in answers.items():
        if answer & left == left:
            found.append((cost + one.size, (*lines, f"return {one.text}")))
    found += _split(answers, tests, left, lines, cost, 2)
    found.sort(key=lambda body: body[0])
    yield from found[:120]


def _split(
    answers: dict[int, Term], tests: dict[int, Term], left: int, lines: tuple[str, ...], cost: float, depth: int
) -> list[Body]:
    """Decide by a test which expression answers; the rest is decided in the same way."""
    found: list[Body] = []
    ranked = sorted(answers.items(), key=lambda item: -bin(item[0] & left).count("1") * 3 + item[1].size)[:60]
    for mask, test in sorted(tests.items(), key=lambda item: item[1].size)[:220]:
        inside = mask & left
        if not inside or inside == left:
            continue
        first = _smallest(ranked, inside)
        if first is None:
            continue
        here = (*lines, f"if {test.text}:", f"    return {first.text}")
        price = cost + test.size + first.size + 1.5
        rest = left & ~inside
        price += 1.5 * (_ones(inside) == 1) + 1.0 * (_ones(rest) == 1)
        other = _smallest(ranked, rest)
        if other is not None:
            found.append((price + other.size, (*here, f"return {other.text}")))
        elif depth > 0 and len(found) < 60 and price < cost + 12:
            found += _split(answers, tests, rest, here, price, depth - 1)[:6]
    return sorted(found, key=lambda body: body[0])[:80]


def _ones(mask: int) -> int:
    return bin(mask).count("1")


def _is_told(one: Term, mask: int, examples: Sequence[Example]) -> bool:
    """A constant stands for a case only when two examples show it; else it would be the example itself."""
    if any(re.search(rf"\b{re.escape(name)}\b", one.text) for name in examples[0].arguments):
        return True
    return _ones(mask) > 1 or one.text in ("True", "False", "None", "0", "1", "-1", "[]", '""', "{}")


def thresholds(examples: Sequence[Example]) -> Iterator[tuple[Term, int]]:
    """`score >= 90` for numbers at which the result changes."""
    for name in examples[0].arguments:
        values = [example.arguments[name] for example in examples]
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            continue
        if all(isinstance(value, int) for value in values):
            for divisor in (2, 3, 4, 5, 6, 7, 10, 15, 100, 400):
                mask = _mask(values, lambda value, by=divisor: value % by == 0)
                truth = tuple(bool(mask >> index & 1) for index in range(len(values)))
                yield Term(f"{name} % {divisor} == 0", 6, truth, 4.2 - (divisor in (2, 3, 5)) * 0.4, "bool"), mask
        rows = sorted(
            ((value, repr(example.result)) for value, example in zip(values, examples, strict=True)),
            key=lambda row: row[0],
        )  # type: ignore[arg-type, return-value]
        edges = [(one[0], other[0]) for one, other in zip(rows, rows[1:], strict=False) if one[1] != other[1]]
        for below, above in edges[:8]:
            for text, mask in (
                (f"{name} >= {above}", _mask(values, lambda value, edge=above: value >= edge)),
                (f"{name} < {above}", _mask(values, lambda value, edge=above: value < edge)),
                (f"{name} <= {below}", _mask(values, lambda value, edge=below: value <= edge)),
                (f"{name} > {below}", _mask(values, lambda value, edge=below: value > edge)),
            ):
                edge = above if "<=" not in text and "> " not in text else below
                size = 3.2 if isinstance(edge, int) and edge % 5 == 0 else 4.4
                truth = tuple(bool(mask >> index & 1) for index in range(len(values)))
                yield Term(text, 6, truth, size, "bool"), mask


def _mask(values: Sequence[object], test: Callable[..., bool]) -> int:
    return sum(1 << index for index, value in enumerate(values) if test(value))


def _smallest(ranked: Sequence[tuple[int, Term]], wanted: int) -> Term | None:
    best: Term | None = None
    for mask, one in ranked:
        if mask & wanted == wanted and (best is None or one.size < best.size):
            best = one
    return best


def _checks(tests: dict[int, Term], examples: Sequence[Example], errors: int) -> tuple[list[str] | None, float, int]:
    """`if test: raise …` for the examples that raise: one check for each exception, two where one is not enough."""
    lines: list[str] = []
    cost, done = 0.0, 0
    names = list(dict.fromkeys((example.raises, example.match) for example in examples if example.raises))
    for name, match in names:
        wanted = sum(
            1 << index for index, example in enumerate(examples) if (example.raises, example.match) == (name, match)
        )
        other = (errors | done) ^ ((1 << len(examples)) - 1)
        allowed = [(mask, one) for mask, one in tests.items() if not mask & other & ~wanted and mask & wanted]
        allowed.sort(key=lambda item: item[1].size)
        left = wanted
        while left:
            best = max(allowed[:200], key=lambda item: (bin(item[0] & left).count("1"), -item[1].size), default=None)
            if best is None or not best[0] & left or cost > 20:
                return None, 0.0, 0
            message = match if match and match.replace(" ", "").isalnum() else "invalid value"
            lines += [f"if {best[1].text}:", f'    raise {name}("{message}")']
            cost += best[1].size + 1.5
            left &= ~best[0]
            done |= best[0]
    return lines, cost, done | errors


def known_loops(names: Sequence[tuple[str, str]], extra: Sequence[str], results: str) -> Iterator[Body]:
    """Loops by heart over the parameters, given as names and types; unevaluated, cheapest first."""
    lists = [f"{name}.split()" for name, kind in names if kind == "str"]
    lists += [name for name, kind in names if kind in ("list", "tuple", "str", "", "set", "range")]
    numbers = [name for name, kind in names if kind in ("int", "float", "")]
    dicts = [name for name, kind in names if kind in ("dict", "")]
    for name in lists:
        yield from _over_items(name, [other for other, _ in names if other != name], results)
    for name in dicts:
        yield (9.0, (f"return {{value: key for key, value in {name}.items()}}",))
        yield (10.0, ("result = {}", f"for key, value in {name}.items():",
                      "    result.setdefault(value, []).append(key)", "return result"))  # fmt: skip
    for name in numbers:
        yield from _over_numbers(name, [other for other in numbers if other != name])
    for one in lists:
        for other in lists:
            if one != other:
                yield from _over_two(one, other)
    for name in extra:
        yield (12.0, (f"return {name}({', '.join(one for one, _ in names)})",))


def _over_items(name: str, others: Sequence[str], results: str) -> Iterator[Body]:
    item = singular(name)
    yield (
        6.5,
        (
            "result = []",
            f"for {item} in {name}:",
            f"    if {item} not in result:",
            f"        result.append({item})",
            "return result",
        ),
    )
    yield (
        6.0,
        ("counts = {}", f"for {item} in {name}:", f"    counts[{item}] = counts.get({item}, 0) + 1", "return counts"),
    )
    for key, cost in ((f"len({item})", 7.0), (f"{item}[0]", 7.0), (f"{item}[0].lower()", 8.0), (f"{item}[-1]", 8.0),
                      (f"{item} % 2", 8.0), (f"type({item})", 9.0), (f'"".join(sorted({item}))', 8.0), *((f"{other}({item})", 6.8) for other in others),
                      *((f"{item}[{other}]", 7.0) for other in others)):  # fmt: skip
        yield (
            cost,
            (
                "groups = {}",
                f"for {item} in {name}:",
                f"    groups.setdefault({key}, []).append({item})",
                "return groups",
            ),
        )
        yield (
            cost + 0.8,
            (
                "counts = {}",
                f"for {item} in {name}:",
                f"    key = {key}",
                "    counts[key] = counts.get(key, 0) + 1",
                "return counts",
            ),
        )
        if key.startswith('"'):
            yield (
                cost,
                (
                    "groups = {}",
                    f"for {item} in {name}:",
                    f"    groups.setdefault({key}, []).append({item})",
                    "return list(groups.values())",
                ),
            )
    yield (
        7.0,
        ("groups = {}", f"for key, value in {name}:", "    groups.setdefault(key, []).append(value)", "return groups"),
    )
    yield (
        7.2,
        ("totals = {}", f"for key, value in {name}:", "    totals[key] = totals.get(key, 0) + value", "return totals"),
    )
    yield (
        7.0,
        (
            "total = 0",
            "result = []",
            f"for {item} in {name}:",
            f"    total += {item}",
            "    result.append(total)",
            "return result",
        ),
    )
    yield 7.0, ("result = 1", f"for {item} in {name}:", f"    result *= {item}", "return result")
    yield 7.6, ("result = []", f"for {item} in {name}:", f"    if isinstance({item}, (list, tuple)):",
                "        result.extend({self}(" + item + "))", "    else:", f"        result.append({item})", "return result")  # fmt: skip
    yield (
        8.4,
        (
            "result = []",
            f"for {item} in {name}:",
            f"    if not result or result[-1] != {item}:",
            f"        result.append({item})",
            "return result",
        ),
    )
    yield 8.6, ("counts = {}", f"for {item} in {name}:", f"    counts[{item}] = counts.get({item}, 0) + 1",
                "return max(counts, key=lambda key: counts[key])")  # fmt: skip
    yield 8.7, ("counts = {}", f"for {item} in {name}:", f"    counts[{item}] = counts.get({item}, 0) + 1",
                f"for {item} in {name}:", f"    if counts[{item}] == 1:", f"        return {item}", "return None")  # fmt: skip
    yield (
        8.8,
        (
            "seen = set()",
            f"for {item} in {name}:",
            f"    if {item} in seen:",
            f"        return {item}",
            f"    seen.add({item})",
            "return None",
        ),
    )
    yield (
        8.8,
        (
            "best = None",
            f"for {item} in {name}:",
            f"    if best is None or {item} > best:",
            f"        best = {item}",
            "return best",
        ),
    )
    yield 9.0, ("result = []", f"for {item} in {name}:", f"    if result and result[-1][0] == {item}:",
                f"        result[-1] = ({item}, result[-1][1] + 1)", "    else:", f"        result.append(({item}, 1))", "return result")  # fmt: skip
    yield 9.4, ('result = ""', "index = 0", f"while index < len({name}):", "    count = 1",
                f"    while index + count < len({name}) and {name}[index + count] == {name}[index]:", "        count += 1",
                f"    result += {name}[index] + str(count)", "    index += count", "return result")  # fmt: skip
    yield 9.0, ('pairs = {")": "(", "]": "[", "}": "{"}', "stack = []", f"for {item} in {name}:",
                f'    if {item} in "([{{":', f"        stack.append({item})", f"    elif {item} in pairs:",
                f"        if not stack or stack.pop() != pairs[{item}]:", "            return False", "return not stack")  # fmt: skip
    yield 9.2, ("best = current = " + f"{name}[0]", f"for {item} in {name}[1:]:", f"    current = max({item}, current + {item})",
                "    best = max(best, current)", "return best")  # fmt: skip
    yield 9.6, (f"letters = [char.lower() for char in {name} if char.isalnum()]", "return letters == letters[::-1]")
    yield 9.8, ("result = []", f"for start, end in sorted({name}):", "    if result and start <= result[-1][1]:",
                "        result[-1] = (result[-1][0], max(result[-1][1], end))", "    else:", "        result.append((start, end))", "return result")  # fmt: skip
    for other in others:
        yield 6.6, (f"return [{name}[start:start + {other}] for start in range(0, len({name}), {other})]",)
        yield 7.2, (f"return [{name}[start:start + {other}] for start in range(len({name}) - {other} + 1)]",)
        yield 7.4, (f"{other} %= len({name})", f"return {name}[{other}:] + {name}[:{other}]")
        yield 7.5, (f"{other} %= len({name})", f"return {name}[-{other}:] + {name}[:-{other}]")
        yield (
            7.6,
            (
                "result = []",
                f"for {item} in {name}:",
                f"    if {other}({item}):",
                f"        result.append({item})",
                "return result",
            ),
        )
        yield (
            8.2,
            (
                f"yes = [{item} for {item} in {name} if {other}({item})]",
                f"no = [{item} for {item} in {name} if not {other}({item})]",
                "return yes, no",
            ),
        )
        yield 7.8, (f"low, high = 0, len({name}) - 1", "while low <= high:", "    middle = (low + high) // 2",
                    f"    if {name}[middle] == {other}:", "        return middle", f"    if {name}[middle] < {other}:",
                    "        low = middle + 1", "    else:", "        high = middle - 1", "return -1")  # fmt: skip
        yield 8.8, ("seen = {}", f"for index, {item} in enumerate({name}):", f"    if {other} - {item} in seen:",
                    f"        return seen[{other} - {item}], index", f"    seen[{item}] = index", "return None")  # fmt: skip
        yield (
            9.0,
            (f"return [sum({name}[start:start + {other}]) / {other} for start in range(len({name}) - {other} + 1)]",),
        )
        yield 9.2, ("counts = {}", f"for {item} in {name}:", f"    counts[{item}] = counts.get({item}, 0) + 1",
                    f"return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:{other}]")  # fmt: skip
        yield 9.6, ("result = []", f"for char in {name}:", "    if char.isalpha():", "        base = ord('A') if char.isupper() else ord('a')",
                    f"        char = chr((ord(char) - base + {other}) % 26 + base)", "    result.append(char)", 'return "".join(result)')  # fmt: skip


def _over_numbers(name: str, others: Sequence[str]) -> Iterator[Body]:
    yield 6.5, ("result = 1", f"for factor in range(2, {name} + 1):", "    result *= factor", "return result")
    yield (
        7.0,
        (
            "first, second = 0, 1",
            f"for _ in range({name}):",
            "    first, second = second, first + second",
            "return first",
        ),
    )
    yield (
        7.8,
        (
            "first, second = 0, 1",
            "result = []",
            f"for _ in range({name}):",
            "    result.append(first)",
            "    first, second = second, first + second",
            "return result",
        ),
    )
    yield 7.0, (f"return sum(int(digit) for digit in str(abs({name})))",)
    yield (
        7.2,
        (
            f"if {name} < 2:",
            "    return False",
            f"return all({name} % divisor for divisor in range(2, int({name} ** 0.5) + 1))",
        ),
    )
    yield (
        8.0,
        (
            f"return [number for number in range(2, {name} + 1) if all(number % divisor for divisor in range(2, int(number ** 0.5) + 1))]",
        ),
    )
    yield 8.1, (f"return [divisor for divisor in range(1, {name} + 1) if {name} % divisor == 0]",)
    yield 8.2, ("result = []", "divisor = 2", f"while {name} > 1:", f"    while {name} % divisor == 0:", "        result.append(divisor)",
                f"        {name} //= divisor", "    divisor += 1", "return result")  # fmt: skip
    yield 8.4, (f"return {name} % 4 == 0 and ({name} % 100 != 0 or {name} % 400 == 0)",)
    yield (
        8.6,
        (
            "steps = 0",
            f"while {name} != 1:",
            f"    {name} = {name} // 2 if {name} % 2 == 0 else 3 * {name} + 1",
            "    steps += 1",
            "return steps",
        ),
    )
    yield 8.6, ('result = ""', "for value, symbol in ((1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'),",
                "                      (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')):",
                f"    while {name} >= value:", "        result += symbol", f"        {name} -= value", "return result")  # fmt: skip
    for other in others:
        yield 7.0, (f"while {other}:", f"    {name}, {other} = {other}, {name} % {other}", f"return {name}")
        yield (
            8.6,
            (
                f"first, second = {name}, {other}",
                "while second:",
                "    first, second = second, first % second",
                f"return {name} * {other} // first",
            ),
        )
        yield 8.8, (f'digits = "0123456789abcdefghijklmnopqrstuvwxyz"', f"if {name} == 0:", '    return "0"', 'result = ""', f"while {name}:",
                    f"    result = digits[{name} % {other}] + result", f"    {name} //= {other}", "return result")  # fmt: skip


def _over_two(one: str, other: str) -> Iterator[Body]:
    yield 7.4, (f"return [item for item in {one} if item in {other}]",)
    yield 7.4, (f"return [item for item in {one} if item not in {other}]",)
    yield 8.0, (f"result = dict({one})", f"result.update({other})", "return result")
    yield 8.0, (f"return sorted({one}) == sorted({other})",)
    yield 8.6, ("result = []", "left = right = 0", f"while left < len({one}) and right < len({other}):",
                f"    if {one}[left] <= {other}[right]:", f"        result.append({one}[left])", "        left += 1", "    else:",
                f"        result.append({other}[right])", "        right += 1", f"return result + {one}[left:] + {other}[right:]")  # fmt: skip
    yield 8.8, (f"return sum(first != second for first, second in zip({one}, {other}))",)
    yield 9.0, (f"return sum(first * second for first, second in zip({one}, {other}))",)
    yield (
        9.2,
        (
            "result = []",
            f"for first, second in zip({one}, {other}):",
            "    result.extend((first, second))",
            "return result",
        ),
    )
    yield 9.6, (f"previous = list(range(len({other}) + 1))", f"for row, first in enumerate({one}, 1):", "    current = [row]",
                f"    for column, second in enumerate({other}, 1):",
                "        current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (first != second)))",
                "    previous = current", "return previous[-1]")  # fmt: skip
