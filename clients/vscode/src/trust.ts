/** In a workspace that is not trusted nothing of it is run: said here, and held by the server once more. */

import * as vscode from "vscode";

export function requireTrust(): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t("Manage Trust…");
  const text = vscode.l10n.t("AutoGPT runs the tests of this folder, so it works only in folders that you trust.");
  void vscode.window.showWarningMessage(text, manage).then((answer) => {
    if (answer === manage) void vscode.commands.executeCommand("workbench.trust.manage");
  });
  return false;
}
