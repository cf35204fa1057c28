/** A state as the server sends it, for the tests to vary. */

import type { RunState } from "../src/protocol";

export const state = (changes: Partial<RunState> = {}): RunState => ({
  run: "1f0c9a3e",
  task: "Fix the failing tests",
  root: "/shop",
  status: "verified",
  phase: "output",
  step: "",
  iteration: 1,
  model: "builtin",
  branch: "autogpt/fix-1f0c9a3e",
  base: "b",
  commit: "c",
  tests: { command: "pytest", fixed: ["t::a"], broken: [], still_failing: [], preexisting: [], added: [] },
  files: [],
  tokens: { prompt: 0, completion: 0, cached: 0 },
  cost_usd: 0,
  seconds: 1.94,
  reason: "",
  warnings: [],
  kind: "fix",
  plan: [],
  candidates: 5,
  baseline: { passed: 40, failing: 2 },
  started: 1,
  applied: false,
  discarded: false,
  ...changes,
});

export const file = (...decided: ("pending" | "applied" | "rejected")[]) => ({
  uri: "file:///shop/cart.py",
  path: "shop/cart.py",
  added: 1,
  removed: 1,
  hunks: decided.map((one, index) => ({
    id: `h${index}`,
    base_line: index,
    base_count: 1,
    new_line: index,
    new_count: 1,
    decided: one,
  })),
});
