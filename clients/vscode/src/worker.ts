/** Setting up the worker: an environment in the extension's own folder, made only after the person said yes. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { readSettings } from "./config";
import { candidates, goodVersion } from "./python";
import type { Places } from "./server";
import { Tail } from "./tail";

const INSTALLED = ".autogpt-ready";

/** True when a worker is there afterwards and the server should be started anew. */
export async function setUpWorker(places: Places, log: vscode.LogOutputChannel): Promise<boolean> {
  const setUp = vscode.l10n.t("Set Up");
  const choose = vscode.l10n.t("Choose a Python…");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("AutoGPT needs its worker for this. Set it up?"),
    {
      modal: true,
      detail: vscode.l10n.t(
        "The worker runs the models and the tests. It gets a Python environment of its own, apart from your project: some 400 MB to download and 1.4 GB on disk; several gigabytes on Linux, where torch brings along what graphics cards need. Or choose a Python that has autogpt-lsp already.",
      ),
    },
    setUp,
    choose,
  );
  if (answer === choose) return chooseWorker();
  if (answer !== setUp) return false;
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Setting up AutoGPT"), cancellable: true },
    (progress, token) => install(places, log, progress, token),
  );
}

async function chooseWorker(): Promise<boolean> {
  const chosen = await vscode.window.showOpenDialog({
    openLabel: vscode.l10n.t("Use This Python"),
    title: vscode.l10n.t("A Python that has autogpt-lsp installed"),
  });
  const path = chosen?.[0]?.fsPath;
  if (!path) return false;
  await vscode.workspace.getConfiguration("autogpt").update("server.worker", path, vscode.ConfigurationTarget.Global);
  return true;
}

async function install(
  places: Places,
  log: vscode.LogOutputChannel,
  progress: vscode.Progress<{ message?: string }>,
  token: vscode.CancellationToken,
): Promise<boolean> {
  const wheel = existsSync(places.wheels) && readdirSync(places.wheels).find((name) => name.endsWith(".whl"));
  const python = await firstPython();
  if (!python || !wheel) {
    void vscode.window.showErrorMessage(vscode.l10n.t("No Python 3.10 or newer was found to set up the worker with."));
    return false;
  }
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"];
  const steps: [string, string, string[]][] = [
    [vscode.l10n.t("Making an environment"), python, ["-m", "venv", places.environment]],
    [
      vscode.l10n.t("Installing torch, transformers and the rest"),
      places.environmentPython,
      [...pip, join(places.wheels, wheel)],
    ],
  ];
  for (const [message, program, args] of steps) {
    progress.report({ message });
    log.info(`${program} ${args.join(" ")}`);
    const said = new Tail();
    const code = await follow(program, args, log, said, token);
    if (code === 0) continue;
    rmSync(places.environment, { recursive: true, force: true });
    if (!token.isCancellationRequested) void failed(log, message, said.last);
    return false;
  }
  await vscode.workspace.fs.writeFile(vscode.Uri.file(join(places.environment, INSTALLED)), new Uint8Array());
  return true;
}

async function firstPython(): Promise<string | undefined> {
  for await (const { path } of candidates(readSettings().interpreter)) {
    if (await goodVersion(path)) return path;
  }
  return undefined;
}

async function failed(log: vscode.LogOutputChannel, step: string, said: string): Promise<void> {
  const again = vscode.l10n.t("Try Again");
  const show = vscode.l10n.t("Show Log");
  const cause = said || vscode.l10n.t("the network and the disk are the usual causes");
  const text = vscode.l10n.t('The worker could not be set up: "{0}" failed: {1}', step, cause);
  const answer = await vscode.window.showErrorMessage(text, again, show);
  if (answer === show) log.show();
  if (answer === again) await vscode.commands.executeCommand("autogpt.setUpWorker");
}

function follow(
  program: string,
  args: string[],
  log: vscode.LogOutputChannel,
  said: Tail,
  token: vscode.CancellationToken,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { windowsHide: true });
    const stop = token.onCancellationRequested(() => child.kill());
    for (const stream of [child.stdout, child.stderr]) {
      said.follow(stream, (line) => log.info(line));
    }
    child.on("error", (error) => {
      log.error(error);
      said.add(error.message);
    });
    child.on("close", (code) => {
      stop.dispose();
      resolve(code ?? 1);
    });
  });
}
