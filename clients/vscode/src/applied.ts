/**
 * What was applied and is not yet decided: a source-control group whose originals are the texts from before.
 * "Keep" takes a change into the original, "undo" writes the original back over it.
 */

import * as vscode from "vscode";
import type { Applied, AppliedStore } from "./appliedStore";
import { gitHasLoaded } from "./git";
import { keepChange, type LineChange, undoChange } from "./lines";
import type { ProposedFile, RunState } from "./protocol";
import { savingClean } from "./saving";

export const BEFORE = "autogpt-before";
/** Marks the empty text that stands for a file that is gone. */
const NOTHING = "nothing";

/** Texts by path; a path without one is a file that is not there, or no text. */
export type Texts = Map<string, string | undefined>;

export class AppliedChanges implements vscode.Disposable, vscode.TextDocumentContentProvider, vscode.QuickDiffProvider {
  private readonly files = new Map<string, Applied>();
  private readonly textChanged = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: vscode.Disposable[];
  private control: vscode.SourceControl | undefined;
  private group: vscode.SourceControlResourceGroup | undefined;
  readonly onDidChange = this.textChanged.event;

  constructor(private readonly store: AppliedStore) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(BEFORE, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.forgetIfSame(document)),
    ];
    void this.restore();
  }

  /** The texts as they are now, to be the originals once a proposal has been applied. */
  async remember(files: readonly ProposedFile[]): Promise<Texts> {
    const texts: Texts = new Map();
    for (const file of files) texts.set(file.path, await textOf(vscode.Uri.parse(file.uri)));
    return texts;
  }

  /** Returns when a reload of the window would not lose it any more. */
  show(state: RunState, paths: readonly string[], before: Texts): Promise<void> {
    for (const path of paths) {
      const file = state.files.find((one) => one.path === path);
      if (!file) continue;
      const uri = vscode.Uri.parse(file.uri);
      const known = this.files.get(uri.toString());
      this.files.set(uri.toString(), { uri, run: state.run, before: known ? known.before : before.get(path) });
      this.textChanged.fire(beforeUri(uri));
    }
    return this.update();
  }

  forget(run: string): void {
    for (const [key, file] of this.files) if (file.run === run) this.files.delete(key);
    void this.update();
  }

  keepFile(uri: vscode.Uri): void {
    this.files.delete(uri.toString());
    void this.update();
  }

  keepAll(): void {
    this.files.clear();
    void this.update();
  }

  async undoFile(uri: vscode.Uri): Promise<void> {
    const file = this.files.get(uri.toString());
    if (!file) return;
    const edit = new vscode.WorkspaceEdit();
    if (file.before === undefined) {
      edit.deleteFile(uri, { ignoreIfNotExists: true });
    } else if ((await textOf(uri)) === undefined) {
      edit.createFile(uri, { contents: new TextEncoder().encode(file.before) });
    } else {
      const document = await vscode.workspace.openTextDocument(uri);
      edit.replace(uri, new vscode.Range(0, 0, document.lineCount, 0), file.before);
    }
    if (await write(uri, edit)) this.keepFile(uri);
  }

  async keepHunk(uri: vscode.Uri, change: LineChange): Promise<void> {
    const file = this.files.get(uri.toString());
    if (!file) return;
    const document = await vscode.workspace.openTextDocument(uri);
    file.before = keepChange(file.before ?? "", document.getText(), change);
    this.textChanged.fire(beforeUri(uri));
    void this.update();
    this.forgetIfSame(document);
  }

  async undoHunk(uri: vscode.Uri, change: LineChange): Promise<void> {
    const file = this.files.get(uri.toString());
    if (!file) return;
    const { start, end, text } = undoChange(file.before ?? "", change);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, new vscode.Range(start, 0, end, 0), text);
    await write(uri, edit);
  }

  async open(uri: vscode.Uri): Promise<void> {
    const name = uri.path.split("/").at(-1) ?? "";
    // A file that is gone is compared with nothing: the editor would only say that it is not there.
    const now = (await textOf(uri)) === undefined ? beforeUri(uri).with({ query: NOTHING }) : uri;
    await vscode.commands.executeCommand("vscode.diff", beforeUri(uri), now, vscode.l10n.t("{0} (applied)", name));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    if (uri.query === NOTHING) return "";
    return this.files.get(uri.with({ scheme: "file" }).toString())?.before ?? "";
  }

  provideOriginalResource(uri: vscode.Uri): vscode.Uri | undefined {
    return this.files.has(uri.toString()) ? beforeUri(uri) : undefined;
  }

  dispose(): void {
    for (const one of [...this.subscriptions, this.textChanged]) one.dispose();
    this.control?.dispose();
  }

  /** What an earlier window left undecided, less what has gone back to its original since. */
  private async restore(): Promise<void> {
    const left = await this.store.load();
    if (left.length > 0) await gitHasLoaded();
    for (const file of left) {
      const key = file.uri.toString();
      if (!this.files.has(key) && (await textOf(file.uri)) !== file.before) this.files.set(key, file);
    }
    if (this.files.size > 0) await this.update();
  }

  private forgetIfSame(document: vscode.TextDocument): void {
    const file = this.files.get(document.uri.toString());
    if (file && file.before === document.getText()) this.keepFile(document.uri);
  }

  /** The provider is there only while it has something to show, so that it takes no room otherwise. */
  private update(): Promise<void> {
    this.list();
    return this.store.save([...this.files.values()]);
  }

  private list(): void {
    if (this.files.size === 0) {
      this.control?.dispose();
      this.control = undefined;
      return;
    }
    if (!this.control) {
      this.control = vscode.scm.createSourceControl("autogpt", "AutoGPT");
      this.control.inputBox.visible = false;
      this.control.quickDiffProvider = this;
      this.group = this.control.createResourceGroup("applied", vscode.l10n.t("Applied: keep or undo"));
    }
    this.control.count = this.files.size;
    if (!this.group) return;
    this.group.resourceStates = [...this.files.values()].map(({ uri }) => ({
      resourceUri: uri,
      command: {
        command: "autogpt.openAppliedChanges",
        title: vscode.l10n.t("Open Changes"),
        arguments: [{ resourceUri: uri }],
      },
    }));
  }
}

const beforeUri = (uri: vscode.Uri): vscode.Uri => uri.with({ scheme: BEFORE });

const write = (uri: vscode.Uri, edit: vscode.WorkspaceEdit): Promise<boolean> =>
  savingClean([uri], async () => vscode.workspace.applyEdit(edit));

async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return (await vscode.workspace.openTextDocument(uri)).getText();
  } catch {
    return undefined;
  }
}
