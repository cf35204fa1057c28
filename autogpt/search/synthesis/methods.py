"""Bodies of methods that work on the instance: what the method's name promises, on attributes of fitting types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import Template

from autogpt.search.space.likeness import words
from autogpt.search.synthesis.idioms import Body

_TABLE = """
push: $s.append($p)
append: $s.append($p)
enqueue: $s.append($p)
add: $s.append($p) | $s.add($p) | $s[$p] = $q
add: $s += $p | $s[$p] = $s.get($p, 0) + $q | $s.setdefault($p, []).append($q)
put: $s[$p] = $q | $s.append($p)
set: $s[$p] = $q | $s = $p
insert: $s.insert($p, $q) | $s.append($p)
pop: return $s.pop() | return $s.pop(0) | return $s.pop($p)
dequeue: return $s.pop(0) | return $s.popleft()
peek: return $s[-1] | return $s[0]
top: return $s[-1]
front: return $s[0]
last: return $s[-1]
first: return $s[0]
get: return $s[$p] | return $s.get($p) | return $s.get($p, $q) | return $s.get($p, 0)
remove: $s.remove($p) | del $s[$p] | $s.discard($p) | $s.pop($p, None)
delete: del $s[$p] | $s.remove($p)
clear: $s.clear() | $s = [] | $s = {} | $s = 0
reset: $s = 0 | $s.clear() | $s = []
empty: return not $s | return len($s) == 0
size: return len($s)
len: return len($s)
count: return len($s) | return $s.count($p) | return $s.get($p, 0) | return $s
total: return sum($s) | return sum($s.values()) | return $s
sum: return sum($s) | return sum($s.values())
contains: return $p in $s
has: return $p in $s
is: return $p in $s | return $s | return not $s
iter: return iter($s)
keys: return list($s) | return sorted($s)
values: return list($s.values())
items: return list($s.items()) | return list($s)
getitem: return $s[$p]
setitem: $s[$p] = $q
delitem: del $s[$p]
bool: return bool($s)
call: return $s($p)
average: return sum($s) / len($s)
mean: return sum($s) / len($s)
max: return max($s) | return max($s.values())
min: return min($s)
increment: $s += 1 | $s += $p
decrement: $s -= 1 | $s -= $p
deposit: $s += $p
withdraw: $s -= $p
update: $s.update($p) | $s = $p | $s[$p] = $q
extend: $s.extend($p)
names: return sorted($s) | return list($s)
register: $s[$p] = $q | $s.append($p)
toggle: $s = not $s
full: return len($s) >= $t
"""
"""By a word of the method's name what it may do: `$s` is an attribute, `$t` another, `$p` and `$q` are parameters."""

_BY_NAME: dict[str, list[Template]] = {}
for _row in _TABLE.strip().splitlines():
    _word, _, _options = _row.partition(": ")
    _BY_NAME.setdefault(_word, []).extend(Template(option) for option in _options.split(" | "))


def by_name(name: str, owner: str, attributes: Mapping[str, str], parameters: Sequence[str]) -> Iterator[Body]:
    """Bodies for a method of this name. `attributes` are the instance's, with their types where known."""
    told = words(name) or (name.strip("_"),)
    wholes = [f"{owner}.{attribute}" for attribute in attributes]
    for word in told:
        for index, template in enumerate(_BY_NAME.get(word, ())):
            for mine in wholes:
                for body in _filled(template, mine, wholes, parameters):
                    yield (4.0 + 0.6 * index, (body,))
                    if not body.startswith("return"):
                        yield (6.5 + 0.6 * index, (body, f"return {mine}"))
                        yield (7.5 + 0.6 * index, (body, f"return {owner}"))
    if "eq" in told and parameters:
        other = parameters[0]
        own = ", ".join(wholes)
        theirs = ", ".join(f"{other}.{attribute}" for attribute in attributes)
        yield 4.0, (f"return ({own}) == ({theirs})",)
    if told and told[0] == "init":
        lines = tuple(f"{owner}.{name} = {name}" for name in parameters)
        yield 3.0, lines or ("pass",)
        yield 4.0, tuple(f"{owner}._{name} = {name}" for name in parameters) or ("pass",)
    for mine in wholes:
        yield 6.0, (f"return {mine}",)
        yield 7.0, (f"return len({mine})",)
        yield 7.0, (f"return not {mine}",)
        yield 7.4, (f"return sum({mine})",)
        for parameter in parameters:
            yield 7.6, (f"{mine} = {parameter}",)
            yield 7.6, (f"return {parameter} in {mine}",)
            yield 7.8, (f"{mine}.append({parameter})",)
            yield 7.9, (f"{mine} += {parameter}",)
            yield 7.9, (f"{mine} -= {parameter}",)


def _filled(template: Template, mine: str, wholes: Sequence[str], parameters: Sequence[str]) -> Iterator[str]:
    first, second = (*parameters, "", "")[:2]
    for other in (one for one in wholes if one != mine) if "$t" in template.template else ("",):
        if not ("$p" in template.template and not first) and not ("$q" in template.template and not second):
            yield template.substitute(s=mine, p=first, q=second, t=other)
