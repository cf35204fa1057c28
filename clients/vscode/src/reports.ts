/** Texts of our own to read: documents that are never unsaved. */

import * as vscode from "vscode";

const SCHEME = "autogpt-report";

export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscription = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private text = "";
  readonly onDidChange = this.changed.event;

  async show(text: string): Promise<void> {
    this.text = text;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${vscode.l10n.t("AutoGPT set-up")}.md` });
    this.changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  provideTextDocumentContent(): string {
    return this.text;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
