/** Commands that explain: the log, and what the doctor finds. */

import * as vscode from "vscode";
import type { Context } from "../context";
import type { Finding } from "../protocol";

export async function showLog(context: Context): Promise<void> {
  context.client.log.show();
}

/** What works here and what to do about the rest, as a document. */
export async function doctor(context: Context): Promise<void> {
  const work = () => context.client.command<{ findings: Record<string, Finding[]> }>("autogpt.server.doctor", {});
  const title = vscode.l10n.t("AutoGPT: looking at the set-up");
  const answer = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, work);
  if (!answer) return;
  const content = report(answer.findings);
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document, { preview: true });
}

export function report(findings: Record<string, Finding[]>): string {
  const lines = ["# AutoGPT"];
  for (const [root, found] of Object.entries(findings)) {
    lines.push("", `## ${root}`, "");
    for (const { name, status, found: what, what_to_do } of found) {
      lines.push(`- **${name}** (${status}): ${what}`);
      if (what_to_do) lines.push(`  - ${what_to_do}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
