/** Proposals as diffs over texts that the server holds: nothing of the workspace is written to look at them. */

import * as vscode from "vscode";
import type { Client } from "./client";
import { hunkAt } from "./hunks";
import { type Place, type ProposedFile, parseShown, type RunState, SHOWN, shownParts, textUri } from "./protocol";
import type { Runs } from "./runs";
import { shorten } from "./wording";

export const shown = (place: Place): vscode.Uri => vscode.Uri.from(shownParts(place));
const side = (run: string, which: Place["side"], path: string) => shown({ run, side: which, path });

/** Gives the editor the texts that the server holds, and says when a run at work has moved on. */
export class Texts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly commits = new Map<string, string>();
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly client: Client,
    runs: Runs,
  ) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SHOWN, this),
      runs.onDidChange((state) => state && this.refresh(state)),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): Promise<string> | string {
    const place = parseShown(uri);
    return place ? this.client.text(textUri(place.run, place.side, place.path)) : "";
  }

  dispose(): void {
    for (const one of [...this.subscriptions, this.changed]) one.dispose();
  }

  private refresh(state: RunState): void {
    const now = `${state.commit} ${state.files.map((file) => `${file.path} ${file.added} ${file.removed}`).join(" ")}`;
    if (this.commits.get(state.run) === now) return;
    this.commits.set(state.run, now);
    for (const { uri } of vscode.workspace.textDocuments) {
      const place = uri.scheme === SHOWN ? parseShown(uri) : undefined;
      if (place?.run === state.run && place.side === "new") this.changed.fire(uri);
    }
  }
}

/** All files of a proposal in one editor. */
export async function openAll(state: RunState): Promise<void> {
  const resources = state.files.map((file) => [
    vscode.Uri.parse(file.uri),
    side(state.run, "base", file.path),
    side(state.run, "new", file.path),
  ]);
  await vscode.commands.executeCommand("vscode.changes", `AutoGPT: ${shorten(state.task, 40)}`, resources);
}

/** One file, at one of its lines if that is said. */
export async function openFile(state: RunState, file: ProposedFile, line?: number): Promise<void> {
  const name = file.path.split("/").at(-1) ?? file.path;
  const title = vscode.l10n.t("{0} (proposed)", name);
  const options: vscode.TextDocumentShowOptions = { preview: false };
  if (line !== undefined) options.selection = new vscode.Range(line, 0, line, 0);
  const sides = [side(state.run, "base", file.path), side(state.run, "new", file.path)];
  await vscode.commands.executeCommand("vscode.diff", ...sides, title, options);
}

/** The hunk that the cursor is in, where the active editor shows the proposed side of a run. */
export function hunkAtCursor(find: (run: string) => RunState | undefined): { run: string; hunk: string } | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== SHOWN) return undefined;
  const place = parseShown(editor.document.uri);
  const state = place && find(place.run);
  const hunk = place && state && hunkAt(state, place, editor.selection.active.line);
  return hunk && { run: place.run, hunk: hunk.id };
}
