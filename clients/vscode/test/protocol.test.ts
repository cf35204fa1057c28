/** What is offered follows from the state alone, so it must read the state right. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasProposal, isAtWork, isResumable, parseShown, shownParts, textUri } from "../src/protocol";
import { file, state } from "./state";

test("a run without files has nothing to apply", () => assert.equal(hasProposal(state()), false));
test("a run with an undecided hunk has", () => {
  assert.equal(hasProposal(state({ files: [file("applied", "pending")], applied: true })), true);
});
test("a run whose hunks are all decided has not", () => {
  assert.equal(hasProposal(state({ files: [file("applied", "rejected")], applied: true })), false);
});
test("a run from a list, without hunks, has until it was applied", () => {
  assert.equal(hasProposal(state({ files: [file()] })), true);
  assert.equal(hasProposal(state({ files: [file()], applied: true })), false);
});
test("a discarded run has not", () => {
  assert.equal(hasProposal(state({ files: [file("pending")], discarded: true })), false);
});
test("a waiting run is at work, an interrupted one is not", () => {
  assert.equal(isAtWork(state({ status: "queued" })), true);
  assert.equal(isAtWork(state({ status: "interrupted" })), false);
});
test("only an interrupted run can be gone on with: the server refuses the others", () => {
  assert.equal(isResumable(state({ status: "interrupted" })), true);
  assert.equal(isResumable(state({ status: "cancelled" })), false);
  assert.equal(isResumable(state({ status: "interrupted", discarded: true })), false);
});
test("the address of a text keeps spaces and signs in its path", () => {
  const uri = textUri("1f0c", "new", "a b/c#d?.py");
  assert.equal(uri, "autogpt-run:/1f0c/new/a%20b/c%23d%3F.py");
});
test("what the editor shows leads back to the text, and both sides have the same path", () => {
  const place = { run: "1f0c", side: "new", path: "a b/c#d?.py" } as const;
  assert.deepEqual(parseShown(shownParts(place)), place);
  assert.equal(shownParts(place).path, shownParts({ ...place, side: "base" }).path);
});
test("other addresses are not taken for texts of runs", () => {
  assert.equal(parseShown({ path: "/a.py", query: "1f0c.old" }), undefined);
});
