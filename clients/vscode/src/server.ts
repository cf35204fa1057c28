/**
 * Finds a way to start the server and its worker; the first that works, each step with its reason in the log.
 *
 * The server (pure Python, answers the editor):
 *   1. `autogpt.server.command`, as it stands;
 *   2. the libraries that come with the extension, run by the first Python 3.10 or newer of: the setting
 *      `autogpt.server.interpreter`, the Python extension, the PATH;
 *   3. the same libraries by a Python that `uv` provides, after asking, because it may download one;
 *   4. nothing: the caller shows one message with what can be done.
 * The worker (the agent with torch and transformers, in a process of its own):
 *   1. `autogpt.server.worker`;
 *   2. the environment that "Set up the worker" made in the extension's own folder;
 *   3. the interpreter of the server or the Python extension, where autogpt-lsp is installed there;
 *   4. none yet: runs ask for it to be set up.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { type ClientSettings, readSettings } from "./config";
import { candidates, goodVersion, hasWorker } from "./python";

export interface Start {
  command: string;
  args: string[];
  /** Words that start the worker; undefined where the server's own interpreter has it, or where there is none. */
  worker?: string[];
  /** False: runs must first ask for the worker to be set up. */
  workerReady: boolean;
  reason: string;
}

export class Places {
  constructor(
    private readonly extension: vscode.Uri,
    private readonly storage: vscode.Uri,
  ) {}

  get bootstrap(): string {
    return join(this.extension.fsPath, "bundled", "start.py");
  }

  get libraries(): string {
    return join(this.extension.fsPath, "bundled", "libs");
  }

  get wheels(): string {
    return join(this.extension.fsPath, "bundled", "wheels");
  }

  get environment(): string {
    return join(this.storage.fsPath, "worker");
  }

  get environmentPython(): string {
    return process.platform === "win32"
      ? join(this.environment, "Scripts", "python.exe")
      : join(this.environment, "bin", "python");
  }
}

export async function findStart(places: Places, log: vscode.LogOutputChannel): Promise<Start | undefined> {
  const settings = readSettings();
  const [program, ...rest] = settings.command;
  if (program) {
    log.info(`Server: ${settings.command.join(" ")} (setting autogpt.server.command)`);
    return { command: program, args: rest, workerReady: true, reason: "autogpt.server.command" };
  }
  if (!existsSync(places.libraries)) {
    log.error(`The libraries of the server are missing: ${places.libraries}`);
    return undefined;
  }
  for await (const { path, reason } of candidates(settings.interpreter)) {
    const version = await goodVersion(path);
    log.info(`Server: ${path} (${reason}): ${version ? `Python ${version}` : "not there, or older than Python 3.10"}`);
    if (version) return withWorker(settings, places, log, path, `Python ${version}, ${reason}`);
  }
  const uv = await pythonOfUv(log);
  return uv ? withWorker(settings, places, log, uv, "uv") : undefined;
}

async function withWorker(
  settings: ClientSettings,
  places: Places,
  log: vscode.LogOutputChannel,
  python: string,
  reason: string,
): Promise<Start> {
  const start = { command: python, args: ["-I", "-S", places.bootstrap], reason };
  const tried: [string, string][] = [
    [settings.worker, "setting autogpt.server.worker"],
    [existsSync(places.environmentPython) ? places.environmentPython : "", "set up by the extension"],
    [python, reason],
  ];
  for (const [path, why] of tried) {
    if (!path) continue;
    const ready = await hasWorker(path);
    log.info(`Worker: ${path} (${why}): ${ready ? "ready" : "autogpt-lsp, torch or transformers is missing"}`);
    if (ready) return { ...start, worker: [path, "-m", "autogpt.worker"], workerReady: true };
  }
  return { ...start, workerReady: false };
}

/** A Python by `uv`, which downloads one if it has none: only after the person said yes. */
async function pythonOfUv(log: vscode.LogOutputChannel): Promise<string | undefined> {
  const run = (args: string[]) =>
    new Promise<string | undefined>((resolve) =>
      execFile("uv", args, { timeout: 300_000 }, (error, out) => resolve(error ? undefined : out.trim())),
    );
  if (!(await run(["--version"]))) return undefined;
  const yes = vscode.l10n.t("Use uv");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("AutoGPT found no Python 3.10 or newer. May uv get one? It may download about 30 MB."),
    yes,
  );
  if (answer !== yes) return undefined;
  await run(["python", "install", "3.12"]);
  const found = await run(["python", "find", "3.12"]);
  log.info(`Server: uv answered ${found ?? "nothing"}`);
  return found;
}
