/** One item in the status bar while something wants to be seen, and the language status: quiet otherwise. */

import * as vscode from "vscode";
import type { Client } from "./client";
import { hasProposal, isAtWork, type RunState } from "./protocol";
import type { Runs } from "./runs";
import { evidence, shorten, statusWord } from "./wording";

const t = vscode.l10n.t;

export class Status implements vscode.Disposable {
  private readonly bar = vscode.window.createStatusBarItem("autogpt.status", vscode.StatusBarAlignment.Left, 5);
  private readonly language = vscode.languages.createLanguageStatusItem("autogpt.server", { scheme: "file" });
  private readonly subscriptions: vscode.Disposable[];
  private readonly working = new Set<string>();

  constructor(
    private readonly client: Client,
    private readonly runs: Runs,
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
    const away = !vscode.window.state.focused;
    const review = t("Review");
    const log = t("Show Log");
    if (hasProposal(state)) {
      const proof = evidence(state, t)[0] ?? statusWord(state.status, t);
      const text = t("{0}: {1}.", shorten(state.task), proof);
      const ask = state.status === "verified" ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
      void ask(text, review).then((answer) => {
        if (answer === review) void vscode.commands.executeCommand("autogpt.reviewChanges", { run: state.run });
      });
    } else if (state.status !== "cancelled" || away) {
      const text = t("{0}: {1}", shorten(state.task), state.reason || statusWord(state.status, t));
      void vscode.window.showWarningMessage(text, log).then((answer) => {
        if (answer === log) void vscode.commands.executeCommand("autogpt.showLog");
      });
    }
  }

  private showServer(): void {
    const { condition, reason } = this.client;
    this.language.busy = condition === "starting";
    this.language.severity =
      condition === "failed" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    this.language.text =
      condition === "failed"
        ? t("AutoGPT is not running")
        : condition === "ready"
          ? "AutoGPT"
          : t("AutoGPT is starting");
    this.language.detail = reason;
  }
}
