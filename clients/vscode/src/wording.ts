/** Runs in words for people: pure, so that every word is tested. */

import { isAtWork, type RunState, type Status } from "./protocol";

type Translate = (message: string, ...values: (string | number)[]) => string;

export function statusWord(status: Status, t: Translate): string {
  switch (status) {
    case "queued":
      return t("Waiting");
    case "running":
      return t("Working");
    case "verified":
      return t("Proved by tests");
    case "unverified":
      return t("Not proved by tests");
    case "failed":
      return t("Not solved");
    case "cancelled":
      return t("Cancelled");
    case "error":
      return t("Stopped by an error");
    case "interrupted":
      return t("Interrupted");
  }
}

export function statusIcon(state: RunState): string {
  if (state.discarded) return "trash";
  switch (state.status) {
    case "queued":
      return "clock";
    case "running":
      return "sync~spin";
    case "verified":
      return "pass";
    case "unverified":
      return "question";
    case "cancelled":
      return "circle-slash";
    case "interrupted":
      return "debug-pause";
    default:
      return "error";
  }
}

/** One line: what it has come to, and whether anything was applied. */
export function summary(state: RunState, t: Translate): string {
  if (state.discarded) return t("Discarded");
  if (isAtWork(state)) return state.step || statusWord(state.status, t);
  const parts: string[] = [];
  const added = state.files.reduce((sum, file) => sum + file.added, 0);
  const removed = state.files.reduce((sum, file) => sum + file.removed, 0);
  if (state.files.length > 0) parts.push(`+${added} −${removed}`);
  parts.push(statusWord(state.status, t));
  if (state.applied) parts.push(t("applied"));
  return parts.join(" · ");
}

/** What the tests say, the best news first; empty when there is nothing to say. */
export function evidence(state: RunState, t: Translate): string[] {
  const { fixed, added, broken, still_failing } = state.tests;
  const lines: string[] = [];
  const count = (tests: string[], one: string, many: string) => {
    if (tests.length === 1) lines.push(t(one));
    if (tests.length > 1) lines.push(t(many, tests.length));
  };
  count(fixed, "1 test passes now that failed before", "{0} tests pass now that failed before");
  count(added, "1 new test", "{0} new tests");
  count(still_failing, "1 test still fails", "{0} tests still fail");
  count(broken, "1 test fails now that passed before", "{0} tests fail now that passed before");
  return lines;
}

export function cost(state: RunState, t: Translate): string {
  const parts = [t("{0} s", state.seconds < 10 ? state.seconds.toFixed(1) : Math.round(state.seconds))];
  const tokens = state.tokens.prompt + state.tokens.completion;
  if (tokens > 0) parts.push(t("{0} tokens", tokens));
  if (state.cost_usd > 0) parts.push(`$${state.cost_usd.toFixed(state.cost_usd < 0.1 ? 4 : 2)}`);
  return parts.join(" · ");
}

/** Titles go into lists and tabs: one line, not too long. */
export function shorten(text: string, limit = 60): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1).trimEnd()}…`;
}
