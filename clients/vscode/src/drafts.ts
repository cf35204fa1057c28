/** Tasks of many lines, written in untitled documents and started from a button above them. */

import * as vscode from "vscode";

export class Drafts implements vscode.Disposable {
  private readonly waiting = new Map<string, (text: string | undefined) => void>();
  private readonly subscription = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.end(uri, undefined));

  /** The whole text of a new document once the person says so; undefined when they close it. */
  async write(): Promise<string | undefined> {
    const document = await vscode.workspace.openTextDocument({ language: "markdown", content: "" });
    await vscode.window.showTextDocument(document);
    void vscode.window.showInformationMessage(
      vscode.l10n.t("Write the task here, then press ▷ above the text to start it."),
    );
    return new Promise((resolve) => {
      this.waiting.set(document.uri.toString(), resolve);
      this.update();
    });
  }

  /** Starts what the active document says and closes it, without a question about saving. */
  async start(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (!document || !this.waiting.has(document.uri.toString())) return;
    const text = document.getText().trim();
    if (!text) {
      void vscode.window.showInformationMessage(vscode.l10n.t("There is no text yet."));
      return;
    }
    this.end(document.uri, text);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private end(uri: vscode.Uri, text: string | undefined): void {
    const resolve = this.waiting.get(uri.toString());
    if (!resolve) return;
    this.waiting.delete(uri.toString());
    this.update();
    resolve(text);
  }

  private update(): void {
    void vscode.commands.executeCommand("setContext", "autogpt.drafts", [...this.waiting.keys()]);
  }
}
