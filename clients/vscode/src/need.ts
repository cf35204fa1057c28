/**
 * When the server is wanted without a command: once code that it can work on is on the screen, or the tasks are.
 * The extension itself is there after every start of the editor, for what is applied and undecided, and costs little.
 */

import * as vscode from "vscode";

export function whenNeeded(
  extension: vscode.Extension<unknown>,
  view: vscode.TreeView<unknown>,
  start: () => void,
): vscode.Disposable {
  const events: string[] = extension.packageJSON.activationEvents;
  const languages = new Set(events.map((event) => /^onLanguage:(.+)$/.exec(event)?.[1]));
  const isCode = ({ document }: vscode.TextEditor) =>
    document.uri.scheme === "file" && languages.has(document.languageId);
  const look = () => {
    if (!view.visible && !vscode.window.visibleTextEditors.some(isCode)) return;
    waiting.dispose();
    start();
  };
  const waiting = vscode.Disposable.from(
    vscode.window.onDidChangeVisibleTextEditors(look),
    vscode.workspace.onDidOpenTextDocument(look), // also told when the language of a document changes
    view.onDidChangeVisibility(look),
  );
  // After activation, so that opening a file never waits for the server.
  setImmediate(look);
  return waiting;
}
