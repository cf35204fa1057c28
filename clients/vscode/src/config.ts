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
    command: isWords(command) ? command : [],
    interpreter: text(section.get("server.interpreter")),
    worker: text(section.get("server.worker")),
    python: text(section.get("python")),
  };
}

/** Names of our settings whose values are of the wrong type; those of runs are checked by the server. */
export function wrongSettings(): string[] {
  const section = vscode.workspace.getConfiguration("autogpt.server");
  const { command, ...texts } = {
    command: section.get<unknown>("command"),
    interpreter: section.get<unknown>("interpreter"),
    worker: section.get<unknown>("worker"),
  };
  const wrong = Object.entries(texts).filter(([, value]) => (value ?? "") !== "" && typeof value !== "string");
  const names = wrong.map(([name]) => name);
  if (command !== undefined && command !== null && !isWords(command)) names.unshift("command");
  return names.map((name) => `autogpt.server.${name}`);
}

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((word) => typeof word === "string");

const text = (value: unknown): string => (typeof value === "string" ? value.trim() : "");
