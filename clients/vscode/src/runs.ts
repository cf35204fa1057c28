/** What is known of every run: the last state that the server sent. Context keys and views follow from it. */

import * as vscode from "vscode";
import type { Client } from "./client";
import { hasProposal, isAtWork, isResumable, type RunState } from "./protocol";

/** Runs whose hunks are asked for when the list is read; older ones when they are opened. */
const PARTS = 20;

export class Runs implements vscode.Disposable {
  private readonly states = new Map<string, RunState>();
  private readonly changed = new vscode.EventEmitter<RunState | undefined>();
  private readonly subscriptions: vscode.Disposable[];
  private readonly completing = new Set<string>();
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

  /** Newest first; what waits has no time yet and is the newest. */
  all(): RunState[] {
    const time = ({ started }: RunState) => started || Number.MAX_VALUE;
    return [...this.states.values()].sort((one, other) => time(other) - time(one));
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
    const before = [...this.states.keys()];
    try {
      const answer = await this.client.command<{ runs: RunState[] }>("autogpt.run.list", {});
      if (!answer) return;
      const listed = new Set(answer.runs.map(({ run }) => run));
      for (const run of before) if (!listed.has(run)) this.states.delete(run);
      for (const state of answer.runs) this.take(state);
      this.updateContext();
      await this.fetchParts(answer.runs);
      this.changed.fire(undefined);
    } catch (error) {
      this.client.log.warn(`The list of runs could not be read: ${error}`);
    }
  }

  /** Where something was applied only the hunks tell whether anything is left to apply. */
  private async fetchParts(states: readonly RunState[]): Promise<void> {
    const partly = states.filter((state) => state.applied && !state.files.some(({ hunks }) => hunks.length > 0));
    for (const { run } of partly.slice(0, PARTS)) await this.fetch(run);
  }

  /** With its hunks, which lists leave out. */
  async fetch(run: string): Promise<RunState | undefined> {
    const state = await this.client.command<RunState>("autogpt.run.get", { run });
    if (state) this.take(state);
    return state;
  }

  /** The same for a run that is looked at, where they are not known yet: after a reload only a list was read. */
  async complete(run: string): Promise<void> {
    if (this.completing.has(run) || this.states.get(run)?.files.some(({ hunks }) => hunks.length > 0)) return;
    this.completing.add(run);
    try {
      await this.fetch(run);
    } catch (error) {
      this.client.log.warn(`The changes of run ${run} could not be read: ${error}`);
    } finally {
      this.completing.delete(run);
    }
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
    set("autogpt.hasInterrupted", all.some(isResumable));
  }
}
