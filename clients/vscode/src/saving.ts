/** Files that had no unsaved text before a change of ours have none after it: the disk is what was reviewed and tested. */

import * as vscode from "vscode";

/** Does the work, then saves those of the files that it left unsaved and that the person had not left so. */
export async function savingClean<T>(files: readonly vscode.Uri[], work: () => Promise<T>): Promise<T> {
  const open = () => vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty);
  const unsaved = new Set(open().map(({ uri }) => uri.toString()));
  const ours = new Set(files.map(String));
  const result = await work();
  for (const document of open()) {
    const name = document.uri.toString();
    if (ours.has(name) && !unsaved.has(name)) await document.save();
  }
  return result;
}
