/**
 * The connection to the server, made of the language client. The build puts it into a file of its own, which is loaded
 * when a server is wanted: it is the larger part of the extension, and nobody should wait for it before.
 */

import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  MessageType,
  RevealOutputChannelOn,
  ShowMessageNotification,
  type ShowMessageParams,
  State,
  type StaticFeature,
} from "vscode-languageclient/node";
import { RUN_CHANGED, type RunState } from "./protocol";
import { projectPython } from "./python";
import type { Start } from "./server";
import type { Tail } from "./tail";

/** Commands that the server may put into code actions and lenses and that we carry out. */
const OWN_COMMANDS = ["autogpt.implementTask", "autogpt.refineRun"];

export type Severity = "error" | "warning" | "information";

/** What the owner of the connection has to say and to hear. */
export interface Owner {
  log: vscode.LogOutputChannel;
  /** What the process says beside the protocol. */
  said: Tail;
  ready(): void;
  runChanged(state: RunState): void;
  message(severity: Severity, text: string): void;
  /** The process ended unasked: whether to start it again. */
  ended(): boolean;
}

export class Connection {
  private readonly client: QuietClient;

  constructor(
    start: Start,
    env: NodeJS.ProcessEnv,
    private readonly owner: Owner,
  ) {
    const server = { command: start.command, args: start.args, options: { env } };
    this.client = new QuietClient("autogpt", "AutoGPT", server, options(start, owner));
    this.client.registerFeature(announce);
    this.client.onNotification(RUN_CHANGED, (state: RunState) => owner.runChanged(state));
    this.client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) owner.ready();
    });
  }

  async begin(): Promise<void> {
    await this.client.start();
    // The language client has a handler of its own by now, which this one takes the place of.
    this.client.onNotification(ShowMessageNotification.type, (params) => this.show(params));
  }

  /** Name and version, as the server said them. */
  get server(): { name?: string; version?: string } {
    return this.client.initializeResult?.serverInfo ?? {};
  }

  get isRunning(): boolean {
    return this.client.isRunning();
  }

  async ask<T>(method: string, params: object, token?: vscode.CancellationToken): Promise<T> {
    // Without a token there is no argument for it: one that is undefined would be taken for a second parameter.
    return await this.client.sendRequest<T>(method, params, ...(token ? [token] : []));
  }

  tell(method: string, params: object): Promise<void> {
    return this.client.sendNotification(method, params);
  }

  /** Ends it, the process too, within so many milliseconds. */
  dispose(limit: number): Promise<void> {
    return this.client.dispose(limit);
  }

  private show({ type, message }: ShowMessageParams): void {
    const severities: Partial<Record<MessageType, Severity>> = {
      [MessageType.Error]: "error",
      [MessageType.Warning]: "warning",
    };
    this.owner.message(severities[type] ?? "information", message);
  }
}

/** A language client that says nothing to the person by itself: what went wrong is told once, in words of ours. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

function options(start: Start, owner: Owner): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: "file" }],
    outputChannel: owner.log,
    stdioOptions: {
      stdout: (stream) => owner.said.follow(stream, (line) => owner.log.info(line)),
      stderr: (stream) => owner.said.follow(stream, (line) => owner.log.warn(line)),
    },
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    initializationOptions: {
      trusted: vscode.workspace.isTrusted,
      ...(start.worker ? { worker: { command: start.worker } } : {}),
    },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: owner.ended() ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true }),
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
