/**
 * Places where a proposal and later edits of the person meet: their file stays as it is, and the merge editor shows the
 * text that the run began with, the proposed one, theirs, and the file as the result.
 */

import * as vscode from "vscode";
import type { Client } from "./client";
import type { Clash, ProposedFile, RunState } from "./protocol";
import { shown } from "./review";
import type { Runs } from "./runs";

const t = vscode.l10n.t;
const YOURS = "autogpt-yours";
/** Merge editors that are opened unasked; the rest are named. */
const MOST = 5;

interface Open {
  run: string;
  hunks: string[];
  text: string;
}

export class Conflicts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly yours = new Map<string, string>();
  private readonly open = new Map<string, Open>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly client: Client,
    private readonly runs: Runs,
  ) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(YOURS, this),
      vscode.workspace.onDidSaveTextDocument((document) => void this.settle(document)),
    ];
  }

  /** Show what was left alone, and say why. `before` are the texts that the person had. */
  async show(state: RunState, conflicts: readonly Clash[], before: Map<string, string | undefined>): Promise<void> {
    const files = state.files.filter(({ path }) => conflicts.some((clash) => clash.path === path && clash.line > 0));
    for (const file of files.slice(0, MOST)) {
      const ofFile = conflicts.filter(({ path }) => path === file.path);
      await this.merge(state, file, before.get(file.path) ?? "", ofFile);
    }
    const others = conflicts.filter(({ line }) => line === 0);
    const names = files.map(({ path }) => path).join(", ");
    if (files.length > 0) {
      const text = t("You changed the same lines: {0}", names);
      void vscode.window.showWarningMessage(text);
    }
    for (const { path, reason } of others.slice(0, 1)) {
      const more = others.length > 1 ? t(" And {0} more places.", others.length - 1) : "";
      await this.compare(state, path, t("{0} was left as it is: {1}", path, reason) + more);
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const text = this.yours.get(uri.toString());
    if (text === undefined) throw new Error(t("This text was kept for one merge only. Apply the changes again."));
    return text;
  }

  dispose(): void {
    for (const one of this.subscriptions) one.dispose();
  }

  private async merge(state: RunState, file: ProposedFile, text: string, clashes: readonly Clash[]): Promise<void> {
    const result = vscode.Uri.parse(file.uri);
    const mine = vscode.Uri.from({ scheme: YOURS, path: `/${file.path}`, query: `${state.run}.${Date.now()}` });
    this.yours.set(mine.toString(), text);
    const document = await vscode.workspace.openTextDocument(result);
    const hunks = clashes.map(({ hunk }) => hunk).filter(Boolean);
    this.open.set(result.toString(), { run: state.run, hunks, text: document.getText() });
    const side = (which: "base" | "new") => shown({ run: state.run, side: which, path: file.path });
    try {
      await vscode.commands.executeCommand("_open.mergeEditor", {
        base: side("base"),
        input1: { uri: side("new"), title: t("Proposed"), description: "", detail: "" },
        input2: { uri: mine, title: t("Yours"), description: "", detail: "" },
        output: result,
      });
    } catch (error) {
      this.client.log.warn(`No merge editor: ${error}`);
      const title = t("{0}: proposed and yours", file.path);
      await vscode.commands.executeCommand("vscode.diff", side("new"), result, title);
    }
  }

  /** Saved after a merge: the person has decided about these places, whatever they chose. */
  private async settle(document: vscode.TextDocument): Promise<void> {
    const open = this.open.get(document.uri.toString());
    if (!open || open.text === document.getText()) return;
    this.open.delete(document.uri.toString());
    if (open.hunks.length === 0) return;
    const state = await this.client.command<RunState>("autogpt.proposal.reject", { run: open.run, hunks: open.hunks });
    if (state) this.runs.take(state);
  }

  private async compare(state: RunState, path: string, text: string): Promise<void> {
    const compare = t("Compare");
    if ((await vscode.window.showWarningMessage(text, compare)) !== compare) return;
    const file = state.files.find((one) => one.path === path);
    if (!file) return;
    const proposed = shown({ run: state.run, side: "new", path });
    const title = t("{0}: proposed and yours", path);
    await vscode.commands.executeCommand("vscode.diff", proposed, vscode.Uri.parse(file.uri), title);
  }
}
