/** What the view of runs says below each: pure, so that every row is tested. A view wraps no text, so these are wrapped here. */

import { basename } from "node:path";
import { isAtWork, type ProposedFile, type RunState } from "./protocol";
import { columns, cost, reasonOf, shorten, summary, type Translate, testGroups, testName, wrapped } from "./wording";

export type Row =
  | { kind: "run"; state: RunState }
  | { kind: "file"; state: RunState; file: ProposedFile }
  | { kind: "tests"; state: RunState; tests: string[]; label: string; icon: string }
  | Line;

/** One of the lines of `whole`; `more` is folded away below it. */
export interface Line {
  kind: "line";
  label: string;
  icon: string;
  description?: string;
  whole: string;
  more?: Line[];
}

/** Characters of a line of the view as wide as it is at first: of a run, below it, and one level further down. */
const HEAD = 35;
const COLUMNS = 32;
const DEEPER = 29;

/** As much of the task as leaves room for what has come of it. */
export function headOf(state: RunState, severalFolders: boolean, t: Translate): { title: string; description: string } {
  const description = [...(severalFolders ? [basename(state.root)] : []), summary(state, t)].join(" · ");
  return { title: shorten(state.task, Math.max(HEAD - columns(description), COLUMNS / 2)), description };
}

export function rowsOf(state: RunState, severalFolders: boolean, t: Translate): Row[] {
  // The row above has the beginning of a longer task.
  const isWhole = headOf(state, severalFolders, t).title === shorten(state.task, Number.POSITIVE_INFINITY);
  const rows: Row[] = isWhole ? [] : lines(state.task, "quote");
  rows.push(
    ...state.plan.flatMap(({ step, done }) =>
      stepLines(
        step,
        done || state.status === "verified" ? "check" : isAtWork(state) ? "circle-large-outline" : "dash",
      ),
    ),
  );
  if (isAtWork(state) && state.step) {
    const [label, rest] = parted(state.step);
    rows.push(...lines(label, "sync~spin"), ...lines(rest, "blank"));
  }
  const { passed, failing } = state.baseline;
  if (passed + failing > 0) {
    rows.push(...lines(t("Before: {0} passed, {1} failed", passed, failing), "history"));
  }
  rows.push(...testGroups(state, t).map((group): Row => ({ kind: "tests", state, ...group })));
  if (!state.discarded) rows.push(...state.files.map((file): Row => ({ kind: "file", state, file })));
  if (!isAtWork(state) && state.reason && state.status !== "verified") rows.push(...lines(reasonOf(state, t), "info"));
  rows.push(...state.warnings.flatMap((text) => lines(text, "warning")));
  if (state.iteration > 0) {
    const label = t("Round {0}", state.iteration);
    const description = cost(state, t);
    rows.push({ kind: "line", label, description, icon: "dashboard", whole: `${label}: ${description}` });
  }
  return rows;
}

/** A test by its whole name; where it is stands beside that, as far as there is room. */
export function testRows(test: string): Line[] {
  const { label, description } = testName(test);
  const rows = lines(label, "beaker", DEEPER).map((line): Line => ({ ...line, whole: test }));
  const last = rows.at(-1);
  if (last && description) last.description = description;
  return rows;
}

/** A text in as many lines as it takes, since a view wraps none; the icon is beside the first one. */
function lines(whole: string, icon: string, limit = COLUMNS): Line[] {
  return wrapped(whole, limit).map((label, index) => ({
    kind: "line",
    label,
    icon: index > 0 ? "blank" : icon,
    whole,
  }));
}

/** What comes after the colon of a step is beside it where there is room, else folded away below it. */
function stepLines(step: string, icon: string): Line[] {
  const [label, rest] = parted(step);
  if (!rest) return lines(step, icon);
  if (columns(label) + columns(rest) < COLUMNS) return [{ kind: "line", label, description: rest, icon, whole: step }];
  const head = lines(label, icon).map((line) => ({ ...line, whole: step }));
  const more = rest.split(/(?<=,) /).flatMap((part) => lines(part, "blank", DEEPER));
  return [...head.slice(0, -1), { ...(head.at(-1) as Line), more }];
}

function parted(step: string): [label: string, rest: string] {
  const [label = "", ...rest] = step.split(": ");
  return [label, rest.join(": ")];
}
