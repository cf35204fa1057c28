/** Commands about a proposal: review, apply all, a file or a hunk, revert. */

import * as vscode from "vscode";
import { type Context, chooseRun, type RunArgument, runOf } from "../context";
import { type Clash, type Hunk, hasProposal, isAtWork, type ProposedFile, type RunState, textUri } from "../protocol";
import { hunkAtCursor, openAll, openFile } from "../review";
import { savingClean } from "../saving";
import { shorten } from "../wording";

const t = vscode.l10n.t;
const nothing = () => t("There are no changes to look at.");

type Part = { files?: string[]; hunks?: string[] };

export async function reviewChanges(context: Context, argument: RunArgument): Promise<void> {
  const fits = (state: RunState) => state.files.length > 0 && !state.discarded;
  const waiting = context.runs.all().some(hasProposal);
  const state = await chooseRun(context, argument, waiting ? hasProposal : fits, t("Review which changes?"), nothing());
  if (!state) return;
  if (state.files.length === 0) return void vscode.window.showInformationMessage(nothing());
  await openAll(state);
}

export async function openFileChanges(
  context: Context,
  argument: { run: string; path: string; line?: number },
): Promise<void> {
  const state = context.runs.get(argument.run);
  const file = state?.files.find((one) => one.path === argument.path);
  if (state && file) await openFile(state, file, argument.line);
}

/** From the palette: everything, some files or some hunks; from a menu: the run or the file there. */
export async function applyChanges(context: Context, argument: RunArgument & Part): Promise<void> {
  const fits = (state: RunState) => !isAtWork(state) && hasProposal(state);
  const title = t("Apply which changes?");
  const chosen = await chooseRun(context, argument, fits, title, t("There are no changes to apply."));
  const state = chosen && (await context.runs.fetch(chosen.run));
  if (!state) return;
  if (argument && "file" in argument) return apply(context, state, { files: [argument.file.path] });
  if (argument?.hunks || argument?.files) {
    const { hunks, files } = argument;
    return apply(context, state, { ...(files ? { files } : {}), ...(hunks ? { hunks } : {}) });
  }
  const part = runOf(argument) || !severalParts(state) ? {} : await chooseParts(context, state);
  if (part) await apply(context, state, part);
}

export async function applyHunk(context: Context): Promise<void> {
  const place = hunkAtCursor((run) => context.runs.get(run));
  if (!place) return void vscode.window.showInformationMessage(t("Put the cursor into a changed line first."));
  const state = context.runs.get(place.run);
  if (state) await apply(context, state, { hunks: [place.hunk] });
}

/** Takes back what was applied of a run, and nothing else. */
export async function revertChanges(context: Context, argument: RunArgument): Promise<void> {
  const state = await chooseRun(
    context,
    argument,
    (one) => one.applied,
    t("Take back which changes?"),
    t("Nothing was applied."),
  );
  if (!state) return;
  const answer = await savingClean(uris(state.files), () =>
    context.client.command<RunState & { conflicts?: Clash[] }>("autogpt.proposal.revert", { run: state.run }),
  );
  if (!answer) return;
  context.runs.take(answer);
  context.applied.forget(state.run);
  const [first] = answer.conflicts ?? [];
  if (!first) return;
  const open = t("Open File");
  const text = t("{0} was left as it is: {1}", first.path, first.reason);
  if ((await vscode.window.showWarningMessage(text, open)) !== open) return;
  const file = state.files.find(({ path }) => path === first.path);
  if (file) await vscode.window.showTextDocument(vscode.Uri.parse(file.uri));
}

async function apply(context: Context, state: RunState, part: Part): Promise<void> {
  const files = state.files.filter((file) => isMeant(file, part));
  const before = await context.applied.remember(files);
  const conflicts = await savingClean(uris(files), async () => {
    const argument = { run: state.run, ...part };
    const answer = await context.client.command<Answer>("autogpt.proposal.apply", argument);
    if (answer) await context.applied.show(state, answer.applied, before);
    return answer?.conflicts ?? [];
  });
  if (conflicts.length > 0) await context.conflicts.show(state, conflicts, before);
}

type Answer = { applied: string[]; conflicts: Clash[] };

const uris = (files: readonly ProposedFile[]) => files.map(({ uri }) => vscode.Uri.parse(uri));

function isMeant(file: ProposedFile, { files, hunks }: Part): boolean {
  if (!files && !hunks) return true;
  return (files?.includes(file.path) ?? false) || file.hunks.some(({ id }) => hunks?.includes(id) ?? false);
}

const severalParts = (state: RunState) =>
  state.files.flatMap((file) => file.hunks).length > 1 || state.files.length > 1;

async function chooseParts(context: Context, state: RunState): Promise<Part | undefined> {
  type Item = vscode.QuickPickItem & { hunks?: string[]; path?: string };
  const items: Item[] = [];
  for (const file of state.files) {
    items.push({ label: file.path, kind: vscode.QuickPickItemKind.Separator });
    const pending = file.hunks.filter((hunk) => hunk.decided === "pending");
    const lines =
      pending.length > 0 ? (await context.client.text(textUri(state.run, "new", file.path))).split("\n") : [];
    if (file.hunks.length === 0) items.push({ label: t("The whole file"), path: file.path, picked: true });
    for (const hunk of pending) {
      const { added, removed } = sizeOf(hunk, file);
      items.push({
        label: linesOf(hunk, Math.max(added, removed)),
        description: `+${added} −${removed}`,
        detail: hunk.new_count > 0 ? shorten(lines[hunk.new_line] ?? "", 80) : t("Removed"),
        hunks: [hunk.id],
        picked: true,
      });
    }
  }
  const chosen = await vscode.window.showQuickPick(items, {
    title: t("Apply: {0}", shorten(state.task)),
    placeHolder: t("What is ticked is applied"),
    canPickMany: true,
  });
  if (!chosen || chosen.length === 0) return undefined;
  const everything = items.filter((item) => item.kind !== vscode.QuickPickItemKind.Separator);
  if (chosen.length === everything.length) return {};
  const hunks = chosen.flatMap((item) => item.hunks ?? []);
  const files = chosen.flatMap((item) => item.path ?? []);
  return { ...(files.length ? { files } : {}), ...(hunks.length ? { hunks } : {}) };
}

/** The only change of a file has its size: its lines, counted as an editor does, have an empty one after the last. */
const sizeOf = (hunk: Hunk, file: ProposedFile) =>
  file.hunks.length === 1 ? file : { added: hunk.new_count, removed: hunk.base_count };

function linesOf({ new_line }: Hunk, count: number): string {
  return count === 1 ? t("Line {0}", new_line + 1) : t("Lines {0}–{1}", new_line + 1, new_line + count);
}
