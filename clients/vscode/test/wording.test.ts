/** A person reads these lines to decide whether to trust a change. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cost,
  evidence,
  hunkEvidence,
  reasonOf,
  shorten,
  size,
  statusWord,
  summary,
  testName,
  wrapped,
} from "../src/wording";
import { file, state } from "./state";

const t = (text: string, ...values: (string | number)[]) =>
  text.replace(/\{(\d)\}/g, (_all, index) => String(values[Number(index)]));

test("an ended run says its proof, and afterwards what was done with it", () => {
  assert.equal(summary(state({ files: [file("pending")] }), t), "Proved");
  assert.equal(summary(state({ files: [file("applied", "pending")], applied: true }), t), "Partly applied");
  assert.equal(summary(state({ files: [file("applied", "rejected")], applied: true }), t), "Applied");
  assert.equal(summary(state({ applied: true, discarded: true }), t), "Discarded");
});
test("the size of a proposal is that of all its files", () => {
  assert.equal(size(state({ files: [file("pending"), file("pending")] })), "+2 −2");
});
test("an unproved result is never called proved", () => {
  assert.equal(statusWord("unverified", t), "Not proved");
});
test("evidence begins with what was mended and does not hide what broke", () => {
  const tests = { ...state().tests, fixed: ["a", "b"], broken: ["c"] };
  assert.deepEqual(evidence(state({ tests }), t), ["2 tests pass now", "1 test broken"]);
});
test("of an interrupted run it is said what can be done here, not on a command line", () => {
  const reason = "The run was interrupted; `autogpt resume` goes on with it.";
  assert.equal(reasonOf(state({ status: "interrupted", reason }), t), "Interrupted, can be resumed");
  assert.equal(reasonOf(state({ status: "failed", reason: "No test passes." }), t), "No test passes.");
});
test("a change says which tests need it, and all together where that is not known", () => {
  const [hunk] = file("pending").hunks;
  assert.ok(hunk);
  const said = (tests?: string[] | null) => hunkEvidence(state(), tests === undefined ? hunk : { ...hunk, tests }, t);
  assert.deepEqual(said(["a", "b"]), { said: "2 tests need this", tests: ["a", "b"] });
  assert.deepEqual(said([]), { said: "No test needs this", tests: [] });
  assert.deepEqual(said(null), { said: "1 test passes now", tests: ["t::a"] });
  assert.deepEqual(said(), said(null));
});
test("cost leaves out what is nothing", () => assert.equal(cost(state(), t), "1.9 s"));
test("small costs are not rounded to nothing", () => {
  assert.equal(cost(state({ seconds: 75, cost_usd: 0.0042 }), t), "75 s · $0.0042");
});
test("titles become one line of the given length", () => {
  assert.equal(shorten("  Add\n a   function ", 40), "Add a function");
  assert.equal(shorten("abcdefghij", 5), "abcd…");
  assert.equal(shorten("The rate is a percentage."), "The rate is a percentage");
});
test("a long text is wrapped between words, and nothing of it is lost", () => {
  const text = "`slug` is not settled by its examples: two answers pass.";
  assert.deepEqual(wrapped(text, 24), ["`slug` is not settled by", "its examples: two", "answers pass."]);
  assert.deepEqual(wrapped("a\n b", 24), ["a b"]);
  assert.deepEqual(wrapped("  ", 24), []);
});
test("a word longer than a line is parted, and wide characters count as two", () => {
  assert.deepEqual(wrapped("in /a/long/path.py", 8), ["in", "/a/long/", "path.py"]);
  assert.deepEqual(wrapped("无法运行测试", 8), ["无法运行", "测试"]);
});
test("of a test its name comes first", () => {
  assert.deepEqual(testName("tests/test_a.py::A::test_b"), { label: "A::test_b", description: "tests/test_a.py" });
  assert.deepEqual(testName("adds two numbers"), { label: "adds two numbers" });
});
