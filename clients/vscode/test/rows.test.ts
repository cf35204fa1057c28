/** What a person reads of a run: nothing of it is cut, however long it is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { headOf, type Line, type Row, rowsOf, testRows } from "../src/rows";
import { file, state } from "./state";

const t = (text: string, ...values: (string | number)[]) =>
  text.replace(/\{(\d)\}/g, (_all, index) => String(values[Number(index)]));
const isLine = (row: Row): row is Line => row.kind === "line";
const lines = (changes: Parameters<typeof state>[0]) => rowsOf(state(changes), false, t).filter(isLine);
const withIcon = (changes: Parameters<typeof state>[0], icon: string) => {
  const all = lines(changes);
  const from = all.findIndex((line) => line.icon === icon);
  const after = all.slice(from + 1).findIndex((line) => line.icon !== "blank");
  return all.slice(from, after < 0 ? undefined : from + 1 + after);
};

test("a long warning is there to its last word, one icon for all its lines", () => {
  const warning = "git cannot be run: it is not installed, or not on the PATH of the editor.";
  const said = withIcon({ warnings: [warning], iteration: 0 }, "warning");
  assert.equal(said.map(({ label }) => label).join(" "), warning);
  assert.ok(said.length > 1 && said.every(({ label, whole }) => label.length <= 32 && whole === warning));
});
test("so is the reason of a run that came to nothing", () => {
  const reason = "`slug` is not settled by its examples: two answers pass, and they differ for an empty text.";
  const said = withIcon({ status: "failed", reason }, "info");
  assert.equal(said.map(({ label }) => label).join(" "), reason);
});
test("of a longer task the row above has the beginning, and the first rows have all", () => {
  const task = "Add a discount for orders of more than 100 and show it on the receipt.";
  const { title, description } = headOf(state({ task }), false, t);
  assert.ok(title.endsWith("…") && `${title} ${description}`.length <= 36, title);
  const said = withIcon({ task }, "quote");
  assert.equal(said.map(({ label }) => label).join(" "), task);
  assert.deepEqual(lines({ task: "Fix the failing tests." })[0]?.icon, "history");
});
test("details of a step are beside it where there is room, else folded away below it", () => {
  const done = true;
  const [short] = lines({ plan: [{ step: "Read: shop/tax.py", done }] });
  assert.deepEqual([short?.label, short?.description, short?.more], ["Read", "shop/tax.py", undefined]);
  const step = "Prove it by 2 failing tests: test_catalogue.py::test_a, test_catalogue.py::test_b";
  const [long] = lines({ plan: [{ step, done }] });
  assert.deepEqual([long?.label, long?.description], ["Prove it by 2 failing tests", undefined]);
  assert.deepEqual(
    long?.more?.map(({ label }) => label),
    ["test_catalogue.py::test_a,", "test_catalogue.py::test_b"],
  );
});
test("what a run is at is whole too", () => {
  const step = "Asking the model: format replace, a second time since the first answer was cut";
  const said = withIcon({ status: "running", step }, "sync~spin");
  assert.equal(said.map(({ label }) => label).join(" "), step.replace(": ", " "));
});
test("a test's name is whole, parted where its words end, and where it is comes last", () => {
  const rows = testRows("tests/test_catalogue.py::test_search_does_not_find_parts_of_words");
  assert.deepEqual(
    rows.map(({ label, description }) => [label, description]),
    [
      ["test_search_does_not_find_", undefined],
      ["parts_of_words", "tests/test_catalogue.py"],
    ],
  );
});
test("a task in wide characters is not cut without being told whole", () => {
  const task = "修复所有失败的测试并给订单加上折扣然后更新收据上的说明";
  assert.ok(headOf(state({ task }), false, t).title.endsWith("…"));
  assert.equal(
    withIcon({ task }, "quote")
      .map(({ label }) => label)
      .join(""),
    task,
  );
});
test("files come after the tests, and none once the proposal is discarded", () => {
  const kinds = (discarded: boolean) =>
    rowsOf(state({ files: [file("pending")], discarded }), false, t).map(({ kind }) => kind);
  assert.deepEqual(kinds(false), ["line", "tests", "file", "line"]);
  assert.deepEqual(kinds(true), ["line", "tests", "line"]);
});
