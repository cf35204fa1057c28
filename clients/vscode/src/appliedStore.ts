/** What is applied and undecided, kept over a reload of the window in the folder that the editor gives each workspace. */

import * as vscode from "vscode";

export interface Applied {
  uri: vscode.Uri;
  run: string;
  /** The text from before, the original of "keep" and "undo"; undefined for a file that was not there. */
  before: string | undefined;
}

export class AppliedStore {
  private readonly place: vscode.Uri | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: vscode.Uri | undefined,
    private readonly warn: (text: string) => void,
  ) {
    this.place = folder && vscode.Uri.joinPath(folder, "applied.json");
  }

  async load(): Promise<Applied[]> {
    if (!this.place) return [];
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(this.place));
      return (JSON.parse(text) as { uri: string; run: string; before?: string }[]).map(({ uri, run, before }) => ({
        uri: vscode.Uri.parse(uri),
        run,
        before,
      }));
    } catch (error) {
      if (!(error instanceof vscode.FileSystemError)) this.warn(`Applied changes could not be read: ${error}`);
      return [];
    }
  }

  /** One write after the other, each whole or not at all. */
  save(files: readonly Applied[]): Promise<void> {
    const { folder, place } = this;
    if (!folder || !place) return Promise.resolve();
    const text = JSON.stringify(files.map(({ uri, run, before }) => ({ uri: uri.toString(), run, before })));
    this.writing = this.writing
      .then(async () => {
        await vscode.workspace.fs.createDirectory(folder);
        const fresh = vscode.Uri.joinPath(folder, "applied.json.new");
        await vscode.workspace.fs.writeFile(fresh, new TextEncoder().encode(text));
        await vscode.workspace.fs.rename(fresh, place, { overwrite: true });
      })
      .catch((error) => this.warn(`Applied changes could not be noted: ${error}`));
    return this.writing;
  }
}
