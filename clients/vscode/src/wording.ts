/** Runs in words for people: pure, so that every word is tested. */

import { type Hunk, isAtWork, pendingHunks, type RunState, type Status } from "./protocol";

export type Translate = (message: string, ...values: (string | number)[]) => string;

export function statusWord(status: Status, t: Translate): string {
  switch (status) {
    case "queued":
      return t("Waiting");
    case "running":
      return t("Working");
    case "verified":
      return t("Proved");
    case "unverified":
      return t("Not proved");
    case "failed":
      return t("Not solved");
    case "cancelled":
      return t("Cancelled");
    case "error":
      return t("Error");
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

/** A word or two beside the title, where there is little room: what it has come to, or what was done with it. */
export function summary(state: RunState, t: Translate): string {
  if (state.discarded) return t("Discarded");
  if (state.applied && !isAtWork(state)) return pendingHunks(state).length > 0 ? t("Partly applied") : t("Applied");
  return statusWord(state.status, t);
}

/** The size of a proposal. */
export function size(state: RunState): string {
  const added = state.files.reduce((sum, file) => sum + file.added, 0);
  const removed = state.files.reduce((sum, file) => sum + file.removed, 0);
  return `+${added} −${removed}`;
}

export interface TestGroup {
  tests: string[];
  label: string;
  icon: string;
}

/** What the tests say, the best news first; empty when there is nothing to say. */
export function testGroups(state: RunState, t: Translate): TestGroup[] {
  const { fixed, added, broken, still_failing } = state.tests;
  const groups: [string[], string, string, string][] = [
    [fixed, "1 test passes now", "{0} tests pass now", "pass"],
    [added, "1 new test", "{0} new tests", "add"],
    [still_failing, "1 test still fails", "{0} tests still fail", "error"],
    [broken, "1 test broken", "{0} tests broken", "warning"],
  ];
  return groups
    .filter(([tests]) => tests.length > 0)
    .map(([tests, one, many, icon]) => ({ tests, label: tests.length === 1 ? t(one) : t(many, tests.length), icon }));
}

/** What the tests say of one change, where that is known; else what they say of all together. */
export function hunkEvidence(state: RunState, hunk: Hunk, t: Translate): { said: string; tests: string[] } {
  const { tests } = hunk;
  if (!tests) return { said: evidence(state, t)[0] ?? "", tests: [...state.tests.fixed, ...state.tests.added] };
  if (tests.length === 0) return { said: t("No test needs this"), tests };
  return { said: tests.length === 1 ? t("1 test needs this") : t("{0} tests need this", tests.length), tests };
}

/** The same as lines. */
export const evidence = (state: RunState, t: Translate): string[] => testGroups(state, t).map(({ label }) => label);

export function cost(state: RunState, t: Translate): string {
  const parts = [t("{0} s", state.seconds < 10 ? state.seconds.toFixed(1) : Math.round(state.seconds))];
  const tokens = state.tokens.prompt + state.tokens.completion;
  if (tokens > 0) parts.push(t("{0} tokens", tokens));
  if (state.cost_usd > 0) parts.push(`$${state.cost_usd.toFixed(state.cost_usd < 0.1 ? 4 : 2)}`);
  return parts.join(" · ");
}

/** Why a run ended as it did; of an interrupted one what the person can do here, not on a command line. */
export function reasonOf(state: RunState, t: Translate): string {
  return state.status === "interrupted" ? t("Interrupted, can be resumed") : state.reason;
}

/** Of a character, how much of a line it takes: those of Chinese, Japanese and Korean are twice as wide. */
const widthOf = (character: string): number =>
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(character)
    ? 2
    : 1;
export const columns = (text: string): number => [...text].reduce((sum, character) => sum + widthOf(character), 0);

/** Titles go into lists and tabs: one line, not too long. */
export function shorten(text: string, limit = 60): string {
  const line = text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[.:;]+$/, "");
  if (columns(line) <= limit) return line;
  let kept = "";
  for (const character of line) {
    if (columns(kept + character) > limit - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** A text in lines of a view that wraps none: at spaces, and a word that is longer than a line where its parts end. */
export function wrapped(text: string, limit: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (columns(longer) <= limit) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = "";
    for (const character of word) {
      if (columns(line + character) > limit) {
        const cut = line.search(/[_/.:-][^_/.:-]*$/) + 1 || line.length;
        lines.push(line.slice(0, cut));
        line = line.slice(cut);
      }
      line += character;
    }
  }
  return line ? [...lines, line] : lines;
}

/** A test's own name, and where it is. */
export function testName(test: string): { label: string; description?: string } {
  const [place, ...names] = test.split("::");
  return names.length > 0 ? { label: names.join("::"), description: place as string } : { label: test };
}
