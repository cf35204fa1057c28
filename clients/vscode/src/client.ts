/** One language client per window, started on first need; everything that talks to the server goes through here. */

import { setTimeout as wait } from "node:timers/promises";
import * as vscode from "vscode";
import { readSettings, wrongSettings } from "./config";
import type { Connection, Owner, Severity } from "./connection";
import { type RunState, TEXT, TRUST_CHANGED } from "./protocol";
import { findStart, type Places, type Start } from "./server";
import { Tail } from "./tail";
import { isOlder } from "./versions";
import { setUpWorker } from "./worker";

const RESTARTS = 3;
/** Milliseconds for the server to answer `initialize`; something else than a server may never do so. */
const PATIENCE = 60_000;
/** What this client needs of a server that the person names themselves. */
export const OLDEST_SERVER = "0.1.0";

export type Condition = "off" | "starting" | "ready" | "failed";

export class Client implements vscode.Disposable {
  private connection: Connection | undefined;
  private starting: Promise<Connection | undefined> | undefined;
  private restarting: Promise<void> | undefined;
  private start: Start | undefined;
  private restarts: number[] = [];
  private launching = false;
  private readonly said = new Tail();
  private readonly told = new Set<string>();
  private readonly changed = new vscode.EventEmitter<RunState>();
  private readonly conditionChanged = new vscode.EventEmitter<Condition>();
  readonly onRun = this.changed.event;
  readonly onCondition = this.conditionChanged.event;
  condition: Condition = "off";
  /** How the server was found, for the status item. */
  reason = "";

  constructor(
    private readonly places: Places,
    readonly log: vscode.LogOutputChannel,
    private readonly secrets: vscode.SecretStorage,
  ) {}

  /** Ask the server for one of its commands. Undefined when there is no server; the person has been told then. */
  async command<T>(command: string, argument: object, token?: vscode.CancellationToken): Promise<T | undefined> {
    const connection = await this.ready();
    return connection?.ask<T>("workspace/executeCommand", { command, arguments: [argument] }, token);
  }

  async text(uri: string): Promise<string> {
    const connection = await this.ready();
    return (await connection?.ask<{ text: string }>(TEXT, { uri }))?.text ?? "";
  }

  async trust(): Promise<void> {
    if (this.connection?.isRunning) await this.connection.tell(TRUST_CHANGED, { trusted: true });
  }

  /** The server, started if it is not there. */
  ready(): Promise<Connection | undefined> {
    this.starting ??= this.launch();
    return this.starting;
  }

  /** Before a run: the worker is there, or has just been set up. */
  async workerReady(): Promise<boolean> {
    await this.ready();
    if (!this.start || this.start.workerReady) return this.start !== undefined;
    if (!(await setUpWorker(this.places, this.log))) return false;
    await this.restart();
    return (this.start as Start | undefined)?.workerReady ?? false;
  }

  /** Asked for by several at once, such as a setting and the command that wrote it, it is done once. */
  restart(): Promise<void> {
    this.restarting ??= this.startAnew().finally(() => {
      this.restarting = undefined;
    });
    return this.restarting;
  }

  /** Once more if the settings changed meanwhile. */
  private async startAnew(): Promise<void> {
    let settings: string;
    do {
      settings = JSON.stringify(readSettings());
      const old = this.connection;
      this.connection = undefined;
      this.starting = undefined;
      if (old) {
        await Promise.race([old.dispose(5000), wait(5000)]).catch((error) => this.log.warn(`Stop: ${error}`));
      }
      await this.ready();
    } while (settings !== JSON.stringify(readSettings()));
  }

  async dispose(): Promise<void> {
    this.changed.dispose();
    this.conditionChanged.dispose();
    await this.connection?.dispose(4000).catch(() => undefined);
  }

  private async launch(): Promise<Connection | undefined> {
    this.become("starting");
    this.tellWrongSettings();
    this.said.clear();
    try {
      this.start = await findStart(this.places, this.log);
      if (!this.start) {
        this.fail(vscode.l10n.t("AutoGPT needs Python 3.10 or newer to run, and found none."), true);
        return undefined;
      }
      this.reason = this.start.reason;
      const key = await this.secrets.get("autogpt.apiKey");
      const env = { ...process.env, ...(key ? { AUTOGPT_API_KEY: key } : {}) };
      const { Connection } = await import("./connection.js");
      const connection = new Connection(this.start, env, this.owner());
      this.connection = connection;
      this.launching = true;
      await this.begin(connection);
      return connection;
    } catch (error) {
      this.log.error(error as Error);
      const connection = this.connection;
      this.connection = undefined;
      void connection?.dispose(2000).catch(() => undefined);
      this.fail(this.withLastWords(vscode.l10n.t("AutoGPT's server could not be started."), reasonOf(error)), false);
      return undefined;
    } finally {
      this.launching = false;
    }
  }

  private owner(): Owner {
    return {
      log: this.log,
      said: this.said,
      ready: () => this.become("ready"),
      runChanged: (state) => this.changed.fire(state),
      message: (severity, text) => this.show(severity, text),
      ended: () => this.ended(),
    };
  }

  /** Starts it, but not for ever, and looks whether it is what it should be. */
  private async begin(connection: Connection): Promise<void> {
    const late = new AbortController();
    await Promise.race([
      connection.begin(),
      wait(PATIENCE, undefined, { signal: late.signal }).then(() => {
        throw new Error(`No answer to "initialize" after ${PATIENCE / 1000} s`);
      }),
    ]).finally(() => late.abort());
    const { name = "?", version = "" } = connection.server;
    if (name === "autogpt" && !isOlder(version, OLDEST_SERVER)) return;
    const found = `${name} ${version}`.trim();
    this.log.warn(`Server: ${found}; wanted: autogpt ${OLDEST_SERVER} or newer`);
    void this.ask(
      vscode.l10n.t("The server is {0}, but this extension needs autogpt {1} or newer.", found, OLDEST_SERVER),
      [vscode.l10n.t("Open Settings"), () => openSettings("autogpt.server.command")],
    );
  }

  /** The process ended unasked: start again, unless it keeps doing so. */
  private ended(): boolean {
    // At its first start: it will not do better at a second one, and the start itself says what happened.
    if (this.launching) return false;
    const now = Date.now();
    this.restarts = [...this.restarts.filter((time) => now - time < 180_000), now];
    if (this.restarts.length <= RESTARTS) {
      this.log.warn("The server ended unexpectedly; starting it again.");
      this.become("starting");
      return true;
    }
    this.restarts = [];
    const text = vscode.l10n.t("AutoGPT's server has ended {0} times in three minutes.", RESTARTS + 1);
    this.fail(this.withLastWords(text), false);
    return false;
  }

  private become(condition: Condition): void {
    this.condition = condition;
    this.conditionChanged.fire(condition);
  }

  private fail(text: string, needsPython: boolean): void {
    this.starting = undefined;
    this.become("failed");
    void this.ask(
      text,
      ...(needsPython ? [[vscode.l10n.t("Choose a Python…"), () => openSettings("autogpt.server")] as Offer] : []),
      [vscode.l10n.t("Try Again"), () => void this.restart()],
    );
  }

  private withLastWords(text: string, reason = ""): string {
    if (this.said.last) return vscode.l10n.t("{0} It said last: {1}", text, this.said.last);
    return `${text} ${reason}`.trim();
  }

  /** Once for each: the person may be about to write them right. */
  private tellWrongSettings(): void {
    for (const name of wrongSettings()) {
      if (this.told.has(name)) continue;
      this.told.add(name);
      void this.ask(vscode.l10n.t("The setting {0} has a value of the wrong type and is left out.", name), [
        vscode.l10n.t("Open Settings"),
        () => openSettings(name),
      ]);
    }
  }

  /** What the server has to say; of what went wrong the log tells more. */
  private show(severity: Severity, text: string): void {
    if (severity === "error") void this.ask(text);
    else if (severity === "warning") void this.ask(text, [vscode.l10n.t("Open Settings"), openSettings]);
    else void vscode.window.showInformationMessage(text);
  }

  /** A message with the log one click away. */
  private async ask(text: string, ...offers: Offer[]): Promise<void> {
    const log: Offer = [vscode.l10n.t("Show Log"), () => this.log.show()];
    const all = [...offers, log];
    const answer = await vscode.window.showErrorMessage(text, ...all.map(([label]) => label));
    all.find(([label]) => label === answer)?.[1]();
  }
}

type Offer = [label: string, action: () => void];

/** Of errors of starting those that tell a person something: no such program, no right to run it, no answer. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /spawn .*|No answer .*/.exec(text)?.[0] ?? "";
}

function openSettings(query = "@ext:autogpt-lsp.autogpt-lsp"): void {
  void vscode.commands.executeCommand("workbench.action.openSettings", query);
}
