/** One language client per window, started on first need; everything that talks to the server goes through here. */

import { setTimeout as wait } from "node:timers/promises";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  type ExecuteCommandParams,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
  type StaticFeature,
} from "vscode-languageclient/node";
import { RUN_CHANGED, type RunState, TEXT, TRUST_CHANGED } from "./protocol";
import { projectPython } from "./python";
import { findStart, type Places, type Start } from "./server";
import { setUpWorker } from "./worker";

/** Commands that the server may put into code actions and lenses and that we carry out. */
const OWN_COMMANDS = ["autogpt.implementTask", "autogpt.refineRun"];
const RESTARTS = 3;

export type Condition = "off" | "starting" | "ready" | "failed";

export class Client implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private starting: Promise<LanguageClient | undefined> | undefined;
  private start: Start | undefined;
  private restarts: number[] = [];
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
    const client = await this.ready();
    if (!client) return undefined;
    const params: ExecuteCommandParams = { command, arguments: [argument] };
    return (await client.sendRequest(ExecuteCommandRequest.type, params, token)) as T;
  }

  async text(uri: string): Promise<string> {
    const client = await this.ready();
    return client ? ((await client.sendRequest(TEXT, { uri })) as { text: string }).text : "";
  }

  async trust(): Promise<void> {
    if (this.client?.isRunning()) await this.client.sendNotification(TRUST_CHANGED, { trusted: true });
  }

  /** The server, started if it is not there. */
  ready(): Promise<LanguageClient | undefined> {
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

  async restart(): Promise<void> {
    const old = this.client;
    this.client = undefined;
    this.starting = undefined;
    if (old) {
      await Promise.race([old.dispose(5000), wait(5000)]).catch((error) => this.log.warn(`Stop: ${error}`));
    }
    await this.ready();
  }

  async dispose(): Promise<void> {
    this.changed.dispose();
    this.conditionChanged.dispose();
    await this.client?.dispose(4000).catch(() => undefined);
  }

  private async launch(): Promise<LanguageClient | undefined> {
    this.become("starting");
    try {
      this.start = await findStart(this.places, this.log);
      if (!this.start) {
        this.fail(vscode.l10n.t("AutoGPT needs Python 3.10 or newer to run, and found none."), true);
        return undefined;
      }
      this.reason = this.start.reason;
      const client = new LanguageClient(
        "autogpt",
        "AutoGPT",
        await this.serverOptions(this.start),
        await this.options(),
      );
      client.registerFeature(announce);
      client.onNotification(RUN_CHANGED, (state: RunState) => this.changed.fire(state));
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) this.become("ready");
      });
      this.client = client;
      await client.start();
      return client;
    } catch (error) {
      this.log.error(error as Error);
      this.fail(vscode.l10n.t("AutoGPT's server could not be started."), false);
      return undefined;
    }
  }

  private async serverOptions(start: Start) {
    const key = await this.secrets.get("autogpt.apiKey");
    const env = { ...process.env, ...(key ? { AUTOGPT_API_KEY: key } : {}) };
    return { command: start.command, args: start.args, options: { env } };
  }

  private async options(): Promise<LanguageClientOptions> {
    return {
      documentSelector: [{ scheme: "file" }],
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: {
        trusted: vscode.workspace.isTrusted,
        ...(this.start?.worker ? { worker: { command: this.start.worker } } : {}),
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.closed(),
      },
      middleware: {
        workspace: {
          async configuration(params, token, next) {
            const values = await next(params, token);
            if (!Array.isArray(values)) return values;
            return Promise.all(values.map((value, index) => withPython(value, params.items[index]?.scopeUri)));
          },
        },
      },
    };
  }

  /** The process ended unasked: start again, unless it keeps doing so. */
  private closed() {
    const now = Date.now();
    this.restarts = [...this.restarts.filter((time) => now - time < 180_000), now];
    if (this.restarts.length <= RESTARTS) {
      this.log.warn("The server ended unexpectedly; starting it again.");
      this.become("starting");
      return { action: CloseAction.Restart, handled: true };
    }
    this.starting = undefined;
    this.fail(vscode.l10n.t("AutoGPT's server has ended {0} times in three minutes.", this.restarts.length), false);
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private become(condition: Condition): void {
    this.condition = condition;
    this.conditionChanged.fire(condition);
  }

  private fail(text: string, needsPython: boolean): void {
    this.starting = undefined;
    this.become("failed");
    const show = vscode.l10n.t("Show Log");
    const again = vscode.l10n.t("Try Again");
    const choose = vscode.l10n.t("Choose a Python…");
    void vscode.window.showErrorMessage(text, ...(needsPython ? [choose] : []), again, show).then((answer) => {
      if (answer === show) this.log.show();
      if (answer === again) void this.restart();
      if (answer === choose) void vscode.commands.executeCommand("workbench.action.openSettings", "autogpt.server");
    });
  }
}

/** Says to the server what this client does by itself, see docs/protocol.md. */
const announce: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, autogpt: { review: true, commands: OWN_COMMANDS } };
  },
  initialize() {},
  getState: () => ({ kind: "static" }),
  clear() {},
};

/** The project's interpreter from the Python extension, where the setting names none. */
async function withPython(value: unknown, scope: string | undefined): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  const section = { ...value } as Record<string, unknown>;
  if (section.python || !vscode.workspace.isTrusted) return section;
  const python = await projectPython(scope ? vscode.Uri.parse(scope) : undefined);
  return python ? { ...section, python } : section;
}
