/** A change is applied by the line that the cursor is on, so the wrong hunk would be applied if this were off by one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hunkAt } from "../src/hunks";
import type { Hunk } from "../src/protocol";
import { file, state } from "./state";

const hunk = (id: string, base_line: number, base_count: number, new_line: number, new_count: number): Hunk => ({
  id,
  base_line,
  base_count,
  new_line,
  new_count,
  decided: "pending",
});
const hunks = [hunk("changed", 2, 1, 2, 3), hunk("added", 5, 0, 7, 2), hunk("removed", 9, 2, 13, 0)];
const run = state({ files: [{ ...file(), hunks }] });
const at = (side: "base" | "new", line: number) => hunkAt(run, { run: run.run, side, path: "shop/cart.py" }, line)?.id;

test("every line of a hunk leads to it and no other does", () => {
  const found = Array.from({ length: 15 }, (_, line) => at("new", line) ?? "-").join(" ");
  assert.equal(found, "- - changed changed changed - - added added - - - removed removed -");
});
test("on the side of the base a hunk that only adds is on both lines beside it", () => {
  const found = Array.from({ length: 12 }, (_, line) => at("base", line) ?? "-").join(" ");
  assert.equal(found, "- - changed - added added - - - removed removed -");
});
test("a file that the run does not change has none", () => {
  assert.equal(hunkAt(run, { run: run.run, side: "new", path: "other.py" }, 2), undefined);
});
