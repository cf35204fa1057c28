/** Settings of the client itself; those of runs are read by the server. What has the wrong type counts as unset. */

import * as vscode from "vscode";

export interface ClientSettings {
  /** Words that start a server, instead of the one that comes along. */
  command: string[];
  /** Python that runs the server. */
  interpreter: string;
  /** Python with autogpt-lsp, torch and transformers, for the worker. */
  worker: string;
  /** The project's own Python, for its tests. */
  python: string;
}

export function readSettings(): ClientSettings {
  const section = vscode.workspace.getConfiguration("autogpt");
  const command = section.get<unknown>("server.command");
  return {
    command: Array.isArray(command) && command.every((word) => typeof word === "string") ? command : [],
    interpreter: text(section.get("server.interpreter")),
    worker: text(section.get("server.worker")),
    python: text(section.get("python")),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value.trim() : "");
