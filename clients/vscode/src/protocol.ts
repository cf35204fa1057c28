/**
 * What the server says about a run, and the names it answers to. The twin of `server/autogpt_lsp/states.py` (state) and
 * `server/autogpt_lsp/features/commands.py` (commands); `docs/protocol.md` is the reference of both.
 */

export type Status =
  | "queued"
  | "running"
  | "verified"
  | "unverified"
  | "failed"
  | "cancelled"
  | "error"
  | "interrupted";

/** Lines count from 0. */
export interface Hunk {
  id: string;
  base_line: number;
  base_count: number;
  new_line: number;
  new_count: number;
  decided: "pending" | "applied" | "rejected";
  /** Those that fail without this hunk; null or absent where that was not tried. */
  tests?: string[] | null;
}

export interface ProposedFile {
  uri: string;
  path: string;
  added: number;
  removed: number;
  hunks: Hunk[];
}

export interface RunState {
  run: string;
  task: string;
  root: string;
  status: Status;
  phase: string;
  step: string;
  iteration: number;
  model: string;
  branch: string;
  base: string;
  commit: string;
  tests: {
    command: string;
    fixed: string[];
    broken: string[];
    still_failing: string[];
    preexisting: string[];
    added: string[];
  };
  files: ProposedFile[];
  tokens: { prompt: number; completion: number; cached: number };
  cost_usd: number;
  seconds: number;
  reason: string;
  warnings: string[];
  kind: string;
  plan: { step: string; done: boolean }[];
  candidates: number;
  baseline: { passed: number; failing: number };
  started: number;
  applied: boolean;
  discarded: boolean;
}

export interface Clash {
  path: string;
  reason: string;
  /** From 1; 0 for the whole file. */
  line: number;
  hunk: string;
}

export interface RunComment {
  uri?: string;
  range?: { start: { line: number; character: number }; end: { line: number; character: number } };
  text: string;
}

export interface Models {
  models: { name: string; note: string }[];
  current: string;
}

export interface Finding {
  name: string;
  status: string;
  found: string;
  what_to_do: string;
}

export const RUN_CHANGED = "autogpt/runDidChange";
export const TRUST_CHANGED = "autogpt/didChangeTrust";
export const TEXT = "autogpt/textDocumentContent";
/** Texts of a run at the server. */
export const SCHEME = "autogpt-run";
/** The same texts as the editor shows them: both sides have the path of the file, so no side looks renamed. */
export const SHOWN = "autogpt-proposal";

export const isAtWork = (state: RunState): boolean => state.status === "queued" || state.status === "running";

/** A run that ended is not gone on with: another round is. */
export const isResumable = (state: RunState): boolean => state.status === "interrupted" && !state.discarded;

export const pendingHunks = (state: RunState): Hunk[] =>
  state.files.flatMap((file) => file.hunks.filter((hunk) => hunk.decided === "pending"));

/** Something of the run is left to look at and to apply. */
export const hasProposal = (state: RunState): boolean =>
  state.files.length > 0 &&
  !state.discarded &&
  (state.files.every((file) => file.hunks.length === 0) ? !state.applied : pendingHunks(state).length > 0);

/** Address of one file of a run on one side, as the server reads it. */
export function textUri(run: string, side: "base" | "new", path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return `${SCHEME}:/${run}/${side}/${encoded}`;
}

export interface Place {
  run: string;
  side: "base" | "new";
  path: string;
}

/** Path and query of a text as the editor shows it. */
export const shownParts = ({ run, side, path }: Place) => ({
  scheme: SHOWN,
  path: `/${path}`,
  query: `${run}.${side}`,
});

export function parseShown(uri: { path: string; query: string }): Place | undefined {
  const match = /^([^.]+)\.(base|new)$/.exec(uri.query);
  return match ? { run: match[1] as string, side: match[2] as "base" | "new", path: uri.path.slice(1) } : undefined;
}
