/** One item in the status bar while something wants to be seen, and the language status: quiet otherwise. */

import * as vscode from "vscode";
import type { Client } from "./client";
import { hasProposal, isAtWork, isResumable, type RunState } from "./protocol";
import type { Runs } from "./runs";
import type { RunsView } from "./runsView";
import { evidence, reasonOf, shorten, statusWord } from "./wording";

const t = vscode.l10n.t;

export class Status implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem("autogpt.status", vscode.StatusBarAlignment.Left, 5);
  private readonly language = vscode.languages.createLanguageStatusItem("autogpt.server", { scheme: "file" });
  private readonly subscriptions: vscode.Disposable[];
  private readonly working = new Set<string>();

  constructor(
    private readonly client: Client,
    private readonly runs: Runs,
    private readonly view: RunsView,
  ) {
    this.bar.name = "AutoGPT";
    this.language.name = "AutoGPT";
    this.language.command = { command: "autogpt.showLog", title: t("Show Log") };
    this.subscriptions = [runs.onDidChange((state) => this.show(state)), client.onCondition(() => this.showServer())];
    this.showServer();
  }

  dispose(): void {
    for (const subscription of [...this.subscriptions, this.bar, this.language]) subscription.dispose();
  }

  private show(changed: RunState | undefined): void {
    const all = this.runs.all();
    const running = all.filter(isAtWork);
    const ready = all.filter((state) => !isAtWork(state) && hasProposal(state));
    const [first] = running;
    if (first) {
      // The progress of the run itself stands beside it; this one leads to the changes so far, or to the list.
      this.bar.text =
        running.length > 1 ? t("$(sync~spin) AutoGPT: {0} tasks", running.length) : "$(sync~spin) AutoGPT";
      this.bar.tooltip = running.map((state) => `${shorten(state.task)}: ${state.step}`).join("\n");
      this.bar.command = "autogpt.runs.focus";
      this.bar.show();
    } else if (ready[0]) {
      this.bar.text = t("$(diff-multiple) AutoGPT: {0} to review", ready.length);
      this.bar.tooltip = ready.map((state) => shorten(state.task)).join("\n");
      this.bar.command = "autogpt.reviewChanges";
      this.bar.show();
    } else {
      this.bar.hide();
    }
    if (changed) this.tellEnd(changed);
  }

  /** A notification only where the person looks elsewhere, or where something is to be decided. */
  private tellEnd(state: RunState): void {
    if (isAtWork(state)) {
      this.working.add(state.run);
      return;
    }
    if (!this.working.delete(state.run)) return;
    const sees = vscode.window.state.focused && this.view.isVisible;
    if (sees && ["verified", "cancelled"].includes(state.status)) return;
    const offers: [string, string][] = [];
    if (isResumable(state)) offers.push([t("Resume"), "autogpt.resumeRun"]);
    if (hasProposal(state)) offers.push([t("Review"), "autogpt.reviewChanges"]);
    if (state.status !== "verified" && state.status !== "cancelled") offers.push([t("Show Log"), "autogpt.showLog"]);
    const proved = state.status === "verified" ? evidence(state, t)[0] : reasonOf(state, t);
    const text = t("{0}: {1}", shorten(state.task), proved || statusWord(state.status, t));
    const quiet = state.status === "verified" || state.status === "cancelled";
    const tell = quiet ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    void tell(text, ...offers.map(([label]) => label)).then((answer) => {
      const command = offers.find(([label]) => label === answer)?.[1];
      if (command) void vscode.commands.executeCommand(command, { run: state.run });
    });
  }

  private showServer(): void {
    const { condition, reason } = this.client;
    this.language.busy = condition === "starting";
    this.language.severity =
      condition === "failed" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    this.language.text = {
      off: t("AutoGPT starts when it is needed"),
      starting: t("AutoGPT is starting"),
      ready: "AutoGPT",
      failed: t("AutoGPT is not running"),
    }[condition];
    this.language.detail = reason;
  }
}
