/** Interpreters: what the Python extensions know, what is on the PATH, and what each can do. Nothing is installed. */

import { execFile } from "node:child_process";
import * as vscode from "vscode";

export interface Interpreter {
  path: string;
  /** For the log: why this one was looked at. */
  reason: string;
}

const OLDEST = [3, 10] as const;

/** Runs a snippet in isolated mode, so that nothing of the workspace is imported. Undefined when it fails. */
export function ask(python: string, code: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(python, ["-I", "-c", code], { timeout: 60_000, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    );
  });
}

/** The version if it is one that can run the server. */
export async function goodVersion(python: string): Promise<string | undefined> {
  const version = await ask(python, "import sys; print('%d.%d.%d' % sys.version_info[:3])");
  return version && isNewEnough(version) ? version : undefined;
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Whether the agent and what it needs are installed there. Looks only, imports nothing heavy. */
export async function hasWorker(python: string): Promise<boolean> {
  const code =
    "from importlib.util import find_spec as f; print(all(f(n) for n in ('autogpt', 'autogpt_lsp', 'torch', 'transformers')))";
  return (await ask(python, code)) === "True";
}

/** Interpreters worth trying, the best first. In an untrusted workspace only those that do not come from it. */
export async function* candidates(configured: string): AsyncGenerator<Interpreter> {
  if (configured) yield { path: configured, reason: "setting autogpt.server.interpreter" };
  if (vscode.workspace.isTrusted) {
    const known = await projectPython();
    if (known) yield { path: known, reason: "Python extension" };
  }
  for (const name of process.platform === "win32" ? ["python", "py"] : ["python3", "python"]) {
    yield { path: name, reason: "PATH" };
  }
}

/** The interpreter that the person chose in a Python extension for this folder; never waits for one to start. */
export async function projectPython(folder?: vscode.Uri): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (!extension?.isActive) return undefined;
  try {
    const environments = extension.exports?.environments;
    const path = environments?.getActiveEnvironmentPath(folder);
    const resolved = path && (await environments.resolveEnvironment(path));
    const found: unknown = resolved?.executable?.uri?.fsPath;
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}
