/** Commands about a proposal: review, apply all, a file or a hunk, revert. */

import * as vscode from "vscode";
import { type Context, chooseRun, type RunArgument, runOf } from "../context";
import { type Clash, hasProposal, isAtWork, type RunState } from "../protocol";
import { hunkAtCursor, openAll, openFile, shown } from "../review";
import { shorten } from "../wording";

const t = vscode.l10n.t;
const nothing = () => t("There are no changes to look at.");

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
export async function applyChanges(
  context: Context,
  argument: RunArgument & { hunks?: string[]; files?: string[] },
): Promise<void> {
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
  const part = runOf(argument) || !severalParts(state) ? {} : await chooseParts(state);
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
  const answer = await context.client.command<RunState & { conflicts?: Clash[] }>("autogpt.proposal.revert", {
    run: state.run,
  });
  if (!answer) return;
  context.runs.take(answer);
  context.applied.forget(state.run);
  if (answer.conflicts?.length) await tellConflicts(state, answer.conflicts);
}

async function apply(context: Context, state: RunState, part: { files?: string[]; hunks?: string[] }): Promise<void> {
  const before = await context.applied.remember(state);
  const answer = await context.client.command<{ applied: string[]; conflicts: Clash[] }>("autogpt.proposal.apply", {
    run: state.run,
    ...part,
  });
  if (!answer) return;
  context.applied.show(state, answer.applied, before);
  if (answer.conflicts.length > 0) await tellConflicts(state, answer.conflicts);
}

const severalParts = (state: RunState) =>
  state.files.flatMap((file) => file.hunks).length > 1 || state.files.length > 1;

async function chooseParts(state: RunState): Promise<{ files?: string[]; hunks?: string[] } | undefined> {
  type Item = vscode.QuickPickItem & { hunks?: string[]; path?: string };
  const items: Item[] = [];
  for (const file of state.files) {
    items.push({ label: file.path, kind: vscode.QuickPickItemKind.Separator });
    const pending = file.hunks.filter((hunk) => hunk.decided === "pending");
    if (file.hunks.length === 0) items.push({ label: t("The whole file"), path: file.path, picked: true });
    for (const hunk of pending) {
      const count = Math.max(hunk.base_count, hunk.new_count);
      const lines =
        count === 1 ? t("Line {0}", hunk.new_line + 1) : t("Lines {0}–{1}", hunk.new_line + 1, hunk.new_line + count);
      items.push({
        label: lines,
        description: `+${hunk.new_count} −${hunk.base_count}`,
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

/** Nothing of theirs was overwritten: the places that moved on are shown side by side with the proposal. */
async function tellConflicts(state: RunState, conflicts: Clash[]): Promise<void> {
  const first = conflicts[0];
  if (!first) return;
  const compare = t("Compare");
  const more = conflicts.length > 1 ? t(" And {0} more places.", conflicts.length - 1) : "";
  const text = t("{0} was left as it is: {1}", first.path, first.reason) + more;
  if ((await vscode.window.showWarningMessage(text, compare)) !== compare) return;
  for (const path of new Set(conflicts.map((clash) => clash.path))) {
    const file = state.files.find((one) => one.path === path);
    if (!file) continue;
    const mine = vscode.Uri.parse(file.uri);
    const proposed = shown({ run: state.run, side: "new", path });
    await vscode.commands.executeCommand("vscode.diff", proposed, mine, t("{0}: proposed and yours", path));
  }
}
