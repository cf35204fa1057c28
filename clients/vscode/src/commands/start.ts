/** Commands that begin a run: implement a task, fix failing tests. */

import * as vscode from "vscode";
import type { Context } from "../context";
import { askTask } from "../taskInput";
import { requireTrust } from "../trust";

interface Place {
  uri?: string;
  range?: { start: vscode.Position; end: vscode.Position };
  root?: string;
}

/** From the palette, a menu, or a code action of the server, which says where. */
export async function implementTask(context: Context, given?: Partial<Place> & { task?: string }): Promise<void> {
  if (!requireTrust()) return;
  const place = await target(given);
  if (!place) return;
  const task = typeof given?.task === "string" ? given.task : await askTask(context.memory, context.drafts);
  if (!task) return;
  await start(context, "autogpt.run.implement", { task, ...place });
}

/** All failing tests of a folder, or those of the file that a menu was opened on. */
export async function fixFailingTests(
  context: Context,
  given?: vscode.Uri | { tests?: string[]; uri?: string },
): Promise<void> {
  if (!requireTrust()) return;
  if (given instanceof vscode.Uri) {
    const folder = vscode.workspace.getWorkspaceFolder(given);
    if (!folder) return void vscode.window.showWarningMessage(outside());
    const path = vscode.workspace.asRelativePath(given, false);
    await start(context, "autogpt.run.fix", { root: folder.uri.fsPath, tests: [path] });
    return;
  }
  const folder = await chooseFolder();
  if (!folder) return;
  await start(context, "autogpt.run.fix", {
    root: folder.uri.fsPath,
    ...(Array.isArray(given?.tests) ? { tests: given.tests } : {}),
  });
}

async function start(context: Context, command: string, argument: object): Promise<void> {
  if (!(await context.client.workerReady())) return;
  const answer = await context.client.command<{ run: string }>(command, argument);
  if (!answer) return;
  context.runs.current = answer.run;
  await vscode.commands.executeCommand("autogpt.runs.focus");
}

/** Where to work: said, selected, the symbol at the cursor, the file; else only a folder. Undefined: cannot or will not. */
async function target(given?: Partial<Place>): Promise<Place | undefined> {
  if (given?.uri) {
    return {
      uri: given.uri,
      ...(given.range ? { range: given.range } : {}),
      ...(given.root ? { root: given.root } : {}),
    };
  }
  const editor = vscode.window.activeTextEditor;
  const document = editor?.document;
  if (editor && document?.uri.scheme === "file" && vscode.workspace.getWorkspaceFolder(document.uri)) {
    const folder = vscode.workspace.getWorkspaceFolder(document.uri);
    const range = editor.selection.isEmpty ? await symbolAt(document.uri, editor.selection.active) : editor.selection;
    return {
      uri: document.uri.toString(),
      ...(folder ? { root: folder.uri.fsPath } : {}),
      ...(range ? { range: { start: range.start, end: range.end } } : {}),
    };
  }
  if (editor && !editor.selection.isEmpty) {
    // What was selected cannot be meant, and the person should not find that out from the result.
    const without = vscode.l10n.t("Work Without It");
    const text = document?.isUntitled ? unsaved() : outside();
    if ((await vscode.window.showWarningMessage(text, without)) !== without) return undefined;
  }
  const folder = await chooseFolder();
  return folder && { root: folder.uri.fsPath };
}

/** The innermost function, method or class around a position, where some extension knows symbols. */
async function symbolAt(uri: vscode.Uri, position: vscode.Position): Promise<vscode.Range | undefined> {
  const found = await vscode.commands.executeCommand<(vscode.DocumentSymbol | vscode.SymbolInformation)[] | undefined>(
    "vscode.executeDocumentSymbolProvider",
    uri,
  );
  const kinds = [vscode.SymbolKind.Function, vscode.SymbolKind.Method, vscode.SymbolKind.Class];
  let best: vscode.Range | undefined;
  const visit = (symbols: readonly (vscode.DocumentSymbol | vscode.SymbolInformation)[]) => {
    for (const symbol of symbols) {
      const range = "range" in symbol ? symbol.range : symbol.location.range;
      if (!range.contains(position)) continue;
      if (kinds.includes(symbol.kind)) best = range;
      if ("children" in symbol) visit(symbol.children);
    }
  };
  visit(found ?? []);
  return best;
}

/** Only folders on disk: those of a virtual file system cannot be worked on. */
async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  if (folders.length > 1) {
    const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, folder }));
    return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t("In Which Folder?") }))?.folder;
  }
  if (!folders[0]) {
    const open = vscode.l10n.t("Open Folder…");
    const text = vscode.l10n.t("Open a folder first: AutoGPT works on the files of a folder on disk.");
    const answer = await vscode.window.showWarningMessage(text, open);
    if (answer === open) await vscode.commands.executeCommand("workbench.action.files.openFolder");
  }
  return folders[0];
}

const unsaved = () => vscode.l10n.t("This text is in no file yet, so AutoGPT cannot work on it. Save it first.");
const outside = () => vscode.l10n.t("This file is in no folder that is open here, so AutoGPT cannot work on it.");
