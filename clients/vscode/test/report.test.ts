/** The page of the doctor says what to do where something is to be done, and nothing where all is well. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { report } from "../src/report";

const t = (text: string) => text;
const python = { name: "Python", status: "ok", found: "3.11", what_to_do: "" };

test("where everything works that is the first thing said", () => {
  assert.equal(report({ "/shop": [python] }, t), "# /shop\n\nEverything works.\n\n✓ Python: 3.11\n");
});
test("what is missing says what to do", () => {
  const sandbox = { name: "Sandbox", status: "missing", found: "none", what_to_do: "Install bubblewrap." };
  assert.match(report({ "/shop": [python, sandbox] }, t), /✗ Sandbox: none\n {4}→ Install bubblewrap\./);
});
