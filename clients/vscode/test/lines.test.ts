/** Keep and undo must put lines back exactly: what is off by one loses somebody's work. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { keepChange, type LineChange, splitLines, undoChange } from "../src/lines";

const change = (original: [number, number], modified: [number, number]): LineChange => ({
  originalStartLineNumber: original[0],
  originalEndLineNumber: original[1],
  modifiedStartLineNumber: modified[0],
  modifiedEndLineNumber: modified[1],
});

const undone = (original: string, modified: string, one: LineChange): string => {
  const { start, end, text } = undoChange(original, one);
  const lines = splitLines(modified);
  return [...lines.slice(0, start), text, ...lines.slice(end)].join("");
};

const cases: [string, string, string, LineChange][] = [
  ["a changed line", "a\nb\nc\n", "a\nB\nc\n", change([2, 2], [2, 2])],
  ["added lines", "a\nc\n", "a\nb\nb\nc\n", change([1, 0], [2, 3])],
  ["lines added at the top", "c\n", "a\nc\n", change([0, 0], [1, 1])],
  ["removed lines", "a\nb\nc\n", "a\nc\n", change([2, 2], [1, 0])],
  ["a last line without an end", "a\nb", "a\nB", change([2, 2], [2, 2])],
  ["line ends of Windows", "a\r\nb\r\n", "a\r\nB\r\n", change([2, 2], [2, 2])],
];

for (const [name, original, modified, one] of cases) {
  test(`keeping ${name} takes it into the original`, () => assert.equal(keepChange(original, modified, one), modified));
  test(`undoing ${name} gives the original`, () => assert.equal(undone(original, modified, one), original));
}

test("keeping one of two changes leaves the other open", () => {
  assert.equal(keepChange("a\nb\nc\n", "A\nb\nC\n", change([1, 1], [1, 1])), "A\nb\nc\n");
});
