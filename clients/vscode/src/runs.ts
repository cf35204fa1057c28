/** What is known of every run: the last state that the server sent. Context keys and views follow from it. */

import * as vscode from "vscode";
import type { Client } from "./client";
import { hasProposal, isAtWork, type RunState } from "./protocol";

export class Runs implements vscode.Disposable {
  private readonly states = new Map<string, RunState>();
  private readonly changed = new vscode.EventEmitter<RunState | undefined>();
  private readonly subscriptions: vscode.Disposable[];
  /** One run, or undefined for the whole list. */
  readonly onDidChange = this.changed.event;
  /** The run that the views and the palette are about when nothing else is said. */
  current: string | undefined;

  constructor(private readonly client: Client) {
    this.subscriptions = [
      client.onRun((state) => this.take(state)),
      client.onCondition((condition) => {
        if (condition === "ready") void this.refresh();
      }),
    ];
  }

  /** Newest first. */
  all(): RunState[] {
    return [...this.states.values()].sort((one, other) => other.started - one.started);
  }

  get(run: string): RunState | undefined {
    return this.states.get(run);
  }

  take(state: RunState): void {
    const known = this.states.get(state.run);
    // A list leaves the hunks out; they do not change once they are there.
    if (known && state.files.every((file) => file.hunks.length === 0)) {
      for (const file of state.files) {
        file.hunks = known.files.find((other) => other.path === file.path)?.hunks ?? [];
      }
    }
    this.states.set(state.run, state);
    this.updateContext();
    this.changed.fire(state);
  }

  /** All runs as the server has them, those of earlier servers too. */
  async refresh(): Promise<void> {
    try {
      const answer = await this.client.command<{ runs: RunState[] }>("autogpt.run.list", {});
      for (const state of answer?.runs ?? []) this.take(state);
      this.changed.fire(undefined);
    } catch (error) {
      this.client.log.warn(`The list of runs could not be read: ${error}`);
    }
  }

  /** With its hunks, which lists leave out. */
  async fetch(run: string): Promise<RunState | undefined> {
    const state = await this.client.command<RunState>("autogpt.run.get", { run });
    if (state) this.take(state);
    return state;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private updateContext(): void {
    const all = this.all();
    const set = (key: string, value: boolean) => void vscode.commands.executeCommand("setContext", key, value);
    set("autogpt.running", all.some(isAtWork));
    set("autogpt.hasProposal", all.some(hasProposal));
    set(
      "autogpt.hasFiles",
      all.some((state) => state.files.length > 0 && !state.discarded),
    );
    set(
      "autogpt.hasApplied",
      all.some((state) => state.applied),
    );
    set(
      "autogpt.hasInterrupted",
      all.some((state) => ["interrupted", "cancelled"].includes(state.status) && !state.discarded),
    );
  }
}
