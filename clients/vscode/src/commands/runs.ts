/** Commands about a run that was begun: cancel, resume, refine, steer, discard, copy its branch. */

import * as vscode from "vscode";
import { type Context, chooseRun, type RunArgument } from "../context";
import { hasProposal, isAtWork, isResumable, type RunState } from "../protocol";
import { requireTrust } from "../trust";
import { shorten } from "../wording";

const t = vscode.l10n.t;
const nothingRuns = () => t("Nothing is being worked on.");

export async function cancelRun(context: Context, argument: RunArgument): Promise<void> {
  const state = await chooseRun(context, argument, isAtWork, t("Cancel which task?"), nothingRuns());
  if (state) await told(context, "autogpt.run.cancel", { run: state.run });
}

export async function resumeRun(context: Context, argument: RunArgument): Promise<void> {
  if (!requireTrust()) return;
  const state = await chooseRun(
    context,
    argument,
    isResumable,
    t("Go on with which task?"),
    t("No task was interrupted."),
  );
  if (state && (await context.client.workerReady())) await told(context, "autogpt.run.resume", { run: state.run });
}

export async function steerRun(context: Context, argument: RunArgument): Promise<void> {
  const state = await chooseRun(context, argument, isAtWork, t("Tell which task something?"), nothingRuns());
  if (!state) return;
  const message = await vscode.window.showInputBox({
    title: shorten(state.task),
    prompt: t("Heard at the next step"),
    placeHolder: t("For example: use the parser that is there already"),
  });
  if (message?.trim()) await context.client.command("autogpt.run.steer", { run: state.run, message: message.trim() });
}

/** Another round on the same branch, with the comments on lines and a sentence. */
export async function refineRun(context: Context, argument: RunArgument): Promise<void> {
  if (!requireTrust()) return;
  const commented = argument ?? (context.comments.run ? { run: context.comments.run } : undefined);
  const fits = (state: RunState) => !isAtWork(state) && !state.discarded;
  const state = await chooseRun(
    context,
    commented,
    fits,
    t("Another round for which task?"),
    t("There is no task yet."),
  );
  if (!state) return;
  const comments = context.comments.of(state.run);
  const text = await vscode.window.showInputBox({
    title: t("Ask for Another Round"),
    prompt:
      comments.length === 0
        ? t("What should be different?")
        : comments.length === 1
          ? t("Your comment goes along. Anything else? May stay empty.")
          : t("Your {0} comments go along. Anything else? May stay empty.", comments.length),
    validateInput: (value) => (comments.length > 0 || value.trim() ? undefined : t("Say what should be different.")),
  });
  if (text === undefined || !(await context.client.workerReady())) return;
  const all = text.trim() ? [...comments, { text: text.trim() }] : comments;
  const answer = await context.client.command<{ run: string }>("autogpt.run.refine", { run: state.run, comments: all });
  if (!answer) return;
  context.comments.clear(state.run);
  context.runs.current = answer.run;
  await vscode.commands.executeCommand("autogpt.runs.focus");
}

export async function discardChanges(context: Context, argument: RunArgument): Promise<void> {
  const fits = (state: RunState) => !isAtWork(state) && state.files.length > 0 && !state.discarded;
  const state = await chooseRun(context, argument, fits, t("Discard which task?"), t("There is nothing to discard."));
  if (!state) return;
  if (hasProposal(state) || state.files.length > 0) {
    const discard = t("Discard");
    const detail = t("The branch {0} is deleted. Your files stay as they are.", state.branch || "—");
    const text = t('Discard the changes of "{0}"?', shorten(state.task));
    if ((await vscode.window.showWarningMessage(text, { modal: true, detail }, discard)) !== discard) return;
  }
  await told(context, "autogpt.proposal.discard", { run: state.run });
}

export async function copyBranch(context: Context, argument: RunArgument): Promise<void> {
  const state = await chooseRun(
    context,
    argument,
    (one) => one.branch !== "",
    t("Which task?"),
    t("There is no branch yet."),
  );
  if (state) await vscode.env.clipboard.writeText(state.branch);
}

async function told(context: Context, command: string, argument: object): Promise<void> {
  const state = await context.client.command<RunState>(command, argument);
  if (state?.run) context.runs.take(state);
}
