/** Proposals as diffs over texts that the server holds: nothing of the workspace is written to look at them. */

import * as vscode from "vscode";
import { type ProposedFile, parseTextUri, type RunState, SCHEME, textUri } from "./protocol";
import { shorten } from "./wording";

const side = (run: string, which: "base" | "new", path: string) => vscode.Uri.parse(textUri(run, which, path));

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
  if (editor?.document.uri.scheme !== SCHEME) return undefined;
  const place = parseTextUri(editor.document.uri.path);
  const file = place && find(place.run)?.files.find((one) => one.path === place.path);
  if (!place || !file) return undefined;
  const line = editor.selection.active.line;
  const hunk = file.hunks.find((one) => {
    const [start, count] = place.side === "new" ? [one.new_line, one.new_count] : [one.base_line, one.base_count];
    return line >= start - (count === 0 ? 1 : 0) && line < start + Math.max(1, count);
  });
  return hunk && { run: place.run, hunk: hunk.id };
}
