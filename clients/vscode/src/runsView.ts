/** The view of runs: what was asked, how far it is, what the tests say, which files it changes. */

import * as vscode from "vscode";
import { hasProposal, isAtWork, type ProposedFile, type RunState } from "./protocol";
import type { Runs } from "./runs";
import { cost, evidence, shorten, statusIcon, statusWord, summary } from "./wording";

export type Node =
  | { kind: "run"; state: RunState }
  | { kind: "file"; state: RunState; file: ProposedFile }
  | { kind: "tests"; state: RunState; tests: string[]; label: string; icon: string }
  | { kind: "line"; label: string; icon: string; description?: string };

const t = vscode.l10n.t;

export class RunsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly runs: Runs) {
    this.subscription = runs.onDidChange(() => this.changed.fire(undefined));
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
        item.tooltip = node.label;
        return item;
      }
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}

function runItem(state: RunState, open: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(
    shorten(state.task),
    open ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
  );
  // With the status in the id, a run that has just ended is shown anew and unfolded.
  item.id = `${state.run}/${open}`;
  item.description = summary(state, t);
  item.iconPath = new vscode.ThemeIcon(statusIcon(state));
  item.contextValue = contextOf(state);
  const tooltip = new vscode.MarkdownString();
  tooltip.appendText(state.task);
  for (const line of [statusWord(state.status, t), state.reason, ...evidence(state, t), state.branch].filter(Boolean)) {
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
  if (["interrupted", "cancelled"].includes(state.status) && !state.discarded) words.push("resumable");
  return words.join(" ");
}

function details(state: RunState): Node[] {
  const nodes: Node[] = state.plan.map(({ step, done }) => ({
    kind: "line",
    label: step,
    icon: done || state.status === "verified" ? "check" : isAtWork(state) ? "circle-large-outline" : "dash",
  }));
  const [before, base] = [state.baseline, state.tests];
  if (before.passed + before.failing > 0) {
    nodes.push({
      kind: "line",
      label: t("Before: {0} tests passed, {1} failed", before.passed, before.failing),
      icon: "history",
    });
  }
  const groups: [string[], string, string, string][] = [
    [base.fixed, "1 test passes now that failed before", "{0} tests pass now that failed before", "pass"],
    [base.added, "1 new test", "{0} new tests", "add"],
    [base.still_failing, "1 test still fails", "{0} tests still fail", "error"],
    [base.broken, "1 test fails now that passed before", "{0} tests fail now that passed before", "warning"],
  ];
  for (const [tests, one, many, icon] of groups) {
    if (tests.length > 0) {
      nodes.push({ kind: "tests", state, tests, label: tests.length === 1 ? t(one) : t(many, tests.length), icon });
    }
  }
  if (!state.discarded) nodes.push(...state.files.map((file): Node => ({ kind: "file", state, file })));
  if (!isAtWork(state) && state.reason && state.status !== "verified") {
    nodes.push({ kind: "line", label: state.reason, icon: "info" });
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
