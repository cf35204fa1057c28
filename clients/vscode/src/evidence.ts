/** The tests beside the diff: at each proposed change what they say, and which ones in the hover. */

import * as vscode from "vscode";
import { hunkAt } from "./hunks";
import { parseShown, type RunState, SHOWN } from "./protocol";
import type { Runs } from "./runs";
import { evidence, hunkEvidence } from "./wording";

const t = vscode.l10n.t;
/** Names of tests in a hover; the view of tasks has them all. */
const MOST = 8;

export class Evidence implements vscode.HoverProvider, vscode.Disposable {
  private readonly mark = vscode.window.createTextEditorDecorationType({
    after: { color: new vscode.ThemeColor("editorCodeLens.foreground"), margin: "0 0 0 3em" },
    isWholeLine: true,
  });
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly runs: Runs) {
    this.subscriptions = [
      vscode.languages.registerHoverProvider({ scheme: SHOWN }, this),
      vscode.window.onDidChangeVisibleTextEditors((editors) => editors.forEach((editor) => void this.draw(editor))),
      runs.onDidChange(() => vscode.window.visibleTextEditors.forEach((editor) => void this.draw(editor))),
    ];
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const place = parseShown(document.uri);
    const state = place && this.runs.get(place.run);
    const hunk = place && state && hunkAt(state, place, position.line);
    if (!state || !hunk) return undefined;
    const text = new vscode.MarkdownString();
    const { said, tests: names } = hunkEvidence(state, hunk, t);
    const lines = [said, ...evidence(state, t).filter((line) => line !== said)].filter(Boolean);
    text.appendText(lines[0] ?? "").appendMarkdown("\n\n");
    for (const name of names.slice(0, MOST)) text.appendMarkdown("- ").appendText(name).appendMarkdown("\n");
    if (names.length > MOST) text.appendMarkdown("- ").appendText(t("{0} more", names.length - MOST));
    for (const line of lines.slice(1)) text.appendMarkdown("\n\n").appendText(line);
    return new vscode.Hover(text);
  }

  dispose(): void {
    for (const one of [...this.subscriptions, this.mark]) one.dispose();
  }

  private draw(editor: vscode.TextEditor): void {
    const place = editor.document.uri.scheme === SHOWN ? parseShown(editor.document.uri) : undefined;
    const state = place?.side === "new" ? this.runs.get(place.run) : undefined;
    if (state && place) editor.setDecorations(this.mark, this.marks(state, place.path, editor.document));
  }

  private marks(state: RunState, path: string, document: vscode.TextDocument): vscode.DecorationOptions[] {
    const file = state.files.find((one) => one.path === path);
    return (file?.hunks ?? []).map((hunk) => {
      const { new_line, new_count } = hunk;
      const { said } = hunkEvidence(state, hunk, t);
      const line = Math.min(Math.max(0, new_count === 0 ? new_line - 1 : new_line), document.lineCount - 1);
      return { range: document.lineAt(line).range, renderOptions: { after: { contentText: said } } };
    });
  }
}
