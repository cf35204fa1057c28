/** The view of runs: what was asked, how far it is, what the tests say, which files it changes. */

import { basename } from "node:path";
import * as vscode from "vscode";
import { hasProposal, isAtWork, isResumable, type ProposedFile, type RunState } from "./protocol";
import type { Runs } from "./runs";
import { cost, evidence, reasonOf, shorten, size, statusIcon, statusWord, summary, testGroups } from "./wording";

export type Node =
  | { kind: "run"; state: RunState }
  | { kind: "file"; state: RunState; file: ProposedFile }
  | { kind: "tests"; state: RunState; tests: string[]; label: string; icon: string }
  | { kind: "line"; label: string; icon: string; description?: string };

const t = vscode.l10n.t;

export class RunsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly subscription: vscode.Disposable;
  readonly tree: vscode.TreeView<Node>;
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

  getChildren(node?: Node): Node[] {
    if (!node) return this.runs.all().map((state) => ({ kind: "run", state }));
    if (node.kind === "run") return details(node.state);
    if (node.kind === "tests") return node.tests.map((label) => ({ kind: "line", label, icon: "beaker" }));
    return [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case "run":
        return runItem(node.state, this.runs.all()[0]?.run === node.state.run);
      case "file":
        return fileItem(node.state, node.file);
      case "tests": {
        const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Collapsed);
        item.iconPath = new vscode.ThemeIcon(node.icon);
        return item;
      }
      case "line": {
        const item = new vscode.TreeItem(node.label);
        item.iconPath = new vscode.ThemeIcon(node.icon);
        if (node.description) item.description = node.description;
        item.tooltip = [node.label, node.description].filter(Boolean).join(": ");
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

function runItem(state: RunState, open: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(
    shorten(state.task),
    open ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
  );
  // With the status in the id, a run that has just ended is shown anew and unfolded.
  item.id = `${state.run}/${open}`;
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  item.description = [...(several ? [basename(state.root)] : []), summary(state, t)].join(" · ");
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

function details(state: RunState): Node[] {
  const nodes: Node[] = state.plan.map(({ step, done }) => ({
    kind: "line",
    ...parted(step),
    icon: done || state.status === "verified" ? "check" : isAtWork(state) ? "circle-large-outline" : "dash",
  }));
  if (isAtWork(state) && state.step) nodes.push({ kind: "line", ...parted(state.step), icon: "sync~spin" });
  const { passed, failing } = state.baseline;
  if (passed + failing > 0) {
    nodes.push({ kind: "line", label: t("Before: {0} passed, {1} failed", passed, failing), icon: "history" });
  }
  nodes.push(...testGroups(state, t).map((group): Node => ({ kind: "tests", state, ...group })));
  if (!state.discarded) nodes.push(...state.files.map((file): Node => ({ kind: "file", state, file })));
  if (!isAtWork(state) && state.reason && state.status !== "verified") {
    nodes.push({ kind: "line", label: reasonOf(state, t), icon: "info" });
  }
  nodes.push(...state.warnings.map((label): Node => ({ kind: "line", label, icon: "warning" })));
  if (state.iteration > 0) {
    nodes.push({
      kind: "line",
      label: t("Round {0}", state.iteration),
      description: cost(state, t),
      icon: "dashboard",
    });
  }
  return nodes;
}

/** What comes after the colon of a step is the part that may be cut in a narrow view. */
function parted(step: string): { label: string; description?: string } {
  const [label = "", ...rest] = step.split(": ");
  return rest.length > 0 ? { label, description: rest.join(": ") } : { label };
}

function fileItem(state: RunState, file: ProposedFile): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.parse(file.uri));
  item.label = file.path;
  item.description = `+${file.added} −${file.removed}`;
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = !isAtWork(state) && hasProposal(state) ? "file applicable" : "file";
  item.command = {
    command: "autogpt.openFileChanges",
    title: t("Open Changes"),
    arguments: [{ run: state.run, path: file.path }],
  };
  return item;
}
