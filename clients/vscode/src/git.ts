/** The editor's own git extension, as far as the order of things in the source-control view depends on it. */

import { setTimeout as wait } from "node:timers/promises";
import * as vscode from "vscode";

const PATIENCE = 10_000;

interface GitApi {
  state: "uninitialized" | "initialized";
  onDidChangeState: vscode.Event<"uninitialized" | "initialized">;
}

/**
 * Returns when git has shown its repositories, or never will. After a reload the view shows what the last window showed, and
 * with the first repository of these it hides providers that were there before it and that it does not remember.
 */
export async function gitHasLoaded(): Promise<void> {
  const extension = vscode.extensions.getExtension("vscode.git");
  if (!extension) return;
  try {
    const api: GitApi = (await extension.activate()).getAPI(1);
    if (api.state === "initialized") return;
    await Promise.race([
      new Promise<void>((resolve) => api.onDidChangeState((state) => state === "initialized" && resolve())),
      wait(PATIENCE),
    ]);
  } catch {
    // Git is switched off: then there is nothing to come before.
  }
}
