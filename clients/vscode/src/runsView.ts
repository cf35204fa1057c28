/** The view of runs: what was asked, how far it is, what the tests say, which files it changes. */

import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { hasProposal, isAtWork, isResumable, type ProposedFile, type RunState } from "./protocol";
import { headOf, type Row, rowsOf, testRows } from "./rows";
import type { Runs } from "./runs";
import { evidence, reasonOf, size, statusIcon, statusWord } from "./wording";

const t = vscode.l10n.t;

export class RunsView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Row | undefined>();
  private readonly subscription: vscode.Disposable;
  readonly tree: vscode.TreeView<Row>;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly runs: Runs) {
    this.tree = vscode.window.createTreeView("autogpt.runs", { treeDataProvider: this });
    this.subscription = runs.onDidChange(() => {
      this.changed.fire(undefined);
      this.countProposals();
    });
  }

  /** Whether the person has the list before their eyes. */
  get isVisible(): boolean {
    return this.tree.visible;
  }

  getChildren(row?: Row): Row[] {
    if (!row) return this.runs.all().map((state) => ({ kind: "run", state }));
    if (row.kind === "run") return rowsOf(row.state, severalFolders(), t);
    if (row.kind === "tests") return row.tests.flatMap(testRows);
    return row.kind === "line" ? (row.more ?? []) : [];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    switch (row.kind) {
      case "run":
        return runItem(row.state, this.runs.all()[0]?.run === row.state.run);
      case "file":
        return fileItem(row.state, row.file);
      case "tests": {
        const item = new vscode.TreeItem(row.label, vscode.TreeItemCollapsibleState.Collapsed);
        item.iconPath = new vscode.ThemeIcon(row.icon);
        return item;
      }
      case "line": {
        const folded = row.more ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
        const item = new vscode.TreeItem(row.label, folded);
        item.iconPath = new vscode.ThemeIcon(row.icon);
        if (row.description) item.description = row.description;
        item.tooltip = row.whole;
        return item;
      }
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.tree.dispose();
    this.changed.dispose();
  }

  private countProposals(): void {
    const value = this.runs.all().filter((state) => !isAtWork(state) && hasProposal(state)).length;
    this.tree.badge = value > 0 ? { value, tooltip: t("{0} to review", value) } : undefined;
  }
}

const severalFolders = (): boolean => (vscode.workspace.workspaceFolders?.length ?? 0) > 1;

function runItem(state: RunState, open: boolean): vscode.TreeItem {
  const { title, description } = headOf(state, severalFolders(), t);
  const item = new vscode.TreeItem(
    title,
    open ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
  );
  // With the status in the id, a run that has just ended is shown anew and unfolded.
  item.id = `${state.run}/${open}`;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(statusIcon(state));
  item.contextValue = contextOf(state);
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(state.task);
  const lines = [
    `${statusWord(state.status, t)} · ${size(state)}`,
    reasonOf(state, t),
    ...evidence(state, t),
    state.branch,
  ];
  for (const line of lines.filter(Boolean)) {
    tooltip.appendMarkdown("\n\n");
    tooltip.appendText(line);
  }
  item.tooltip = tooltip;
  return item;
}

/** Words that the menus look for: what can be done with this run now. */
function contextOf(state: RunState): string {
  const words = ["run"];
  if (isAtWork(state)) words.push("atWork");
  if (!isAtWork(state) && !state.discarded) words.push("ended");
  if (state.files.length > 0 && !state.discarded) words.push("reviewable");
  if (!isAtWork(state) && hasProposal(state)) words.push("applicable");
  if (state.applied) words.push("applied");
  if (isResumable(state)) words.push("resumable");
  return words.join(" ");
}

function fileItem(state: RunState, file: ProposedFile): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.parse(file.uri));
  // Its name first: in a narrow view only its folder is cut.
  item.label = basename(file.path);
  const folder = dirname(file.path);
  item.description = [`+${file.added} −${file.removed}`, ...(folder === "." ? [] : [folder])].join("  ");
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = !isAtWork(state) && hasProposal(state) ? "file applicable" : "file";
  item.command = {
    command: "autogpt.openFileChanges",
    title: t("Open Changes"),
    arguments: [{ run: state.run, path: file.path }],
  };
  return item;
}
