/** Commands that explain: the log, and what the doctor finds. */

import * as vscode from "vscode";
import type { Context } from "../context";
import type { Finding } from "../protocol";
import { report } from "../report";

export async function showLog(context: Context): Promise<void> {
  context.client.log.show();
}

/** What works here and what to do about the rest, as a document that nobody has to save. */
export async function doctor(context: Context): Promise<void> {
  const work = () => context.client.command<{ findings: Record<string, Finding[]> }>("autogpt.server.doctor", {});
  const title = vscode.l10n.t("AutoGPT: looking at the set-up");
  const answer = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, work);
  if (answer) await context.reports.show(report(answer.findings, vscode.l10n.t));
}
