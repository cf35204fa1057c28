/** What every command gets: the parts of the extension, and how its failures are told. */

import * as vscode from "vscode";
import type { AppliedChanges } from "./applied";
import type { Client } from "./client";
import type { Comments } from "./comments";
import type { Conflicts } from "./conflicts";
import type { Drafts } from "./drafts";
import type { RunState } from "./protocol";
import type { Reports } from "./reports";
import type { Row } from "./rows";
import type { Runs } from "./runs";
import { shorten, statusIcon, summary } from "./wording";

export interface Context {
  client: Client;
  runs: Runs;
  applied: AppliedChanges;
  comments: Comments;
  conflicts: Conflicts;
  drafts: Drafts;
  reports: Reports;
  memory: vscode.Memento;
  secrets: vscode.SecretStorage;
}

/** A node of the view, or `{run}` from the server, a lens or another command. */
export type RunArgument = Row | { run: string } | undefined;

/** What a rejected command would show in a modal dialog is a message with the log one click away. */
export async function guarded(context: Context, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof vscode.CancellationError) return;
    context.client.log.error(error as Error);
    const show = vscode.l10n.t("Show Log");
    const text = error instanceof Error ? error.message : String(error);
    if ((await vscode.window.showErrorMessage(text, show)) === show) context.client.log.show();
  }
}

/** The run that is meant: named, the only one that fits, or chosen from a list. Undefined when there is none. */
export async function chooseRun(
  context: Context,
  argument: RunArgument,
  fits: (state: RunState) => boolean,
  title: string,
  none: string,
): Promise<RunState | undefined> {
  const named = runOf(argument);
  if (named) return context.runs.get(named) ?? (await context.runs.fetch(named));
  if (context.client.condition !== "ready") {
    await context.client.ready();
    await context.runs.refresh();
  }
  const fitting = context.runs.all().filter(fits);
  if (fitting.length <= 1) {
    if (!fitting[0]) void vscode.window.showInformationMessage(none);
    return fitting[0];
  }
  const items = fitting.map((state) => ({
    label: `$(${statusIcon(state)}) ${shorten(state.task, 80)}`,
    description: summary(state, vscode.l10n.t),
    state,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.state;
}

export function runOf(argument: RunArgument): string | undefined {
  if (!argument || typeof argument !== "object") return undefined;
  if ("run" in argument && typeof argument.run === "string") return argument.run;
  return "state" in argument ? argument.state.run : undefined;
}
