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
    private readonly runs: Runs,
  ) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SHOWN, this),
      runs.onDidChange((state) => state && this.refresh(state)),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): Promise<string> | string {
    const place = parseShown(uri);
    if (!place) return "";
    void this.runs.complete(place.run);
    return this.client.text(textUri(place.run, place.side, place.path));
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
  await vscode.commands.executeCommand("vscode.changes", titleOf(state), resources);
}

const TITLE = "AutoGPT: ";
const titleOf = (state: RunState): string => TITLE + shorten(state.task, 40);

/** Reviews among the open tabs, known by their titles: the API has no kind of tab for them. */
const reviews = (): vscode.Tab[] =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input, label }) => !(input instanceof vscode.TabInputText) && label.startsWith(TITLE));

/**
 * Reviews that the window had before it was reloaded are empty: the editor asked for their texts before anybody could give
 * them. The one on the screen is opened anew once the runs are known, the others are closed.
 */
export function renewReviews(runs: Runs, start: () => void): vscode.Disposable {
  if (reviews().length === 0) return { dispose() {} };
  start();
  const waiting = runs.onDidChange(async (changed) => {
    if (changed) return; // one run, not yet the list
    waiting.dispose();
    const tabs = reviews();
    const shownOne = tabs.find(({ isActive }) => isActive)?.label ?? "";
    const fits = (state: RunState) => state.files.length > 0 && !state.discarded && shownOne.startsWith(titleOf(state));
    const state = runs.all().find(fits);
    await vscode.window.tabGroups.close(tabs, true);
    if (state) await openAll(state);
  });
  return waiting;
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
