/** Choosing a model: what the server can offer, an endpoint, and a key that never goes into settings. */

import * as vscode from "vscode";
import type { Context } from "../context";
import { isAtWork, type Models } from "../protocol";

const t = vscode.l10n.t;
/** Where the key lies in the system's key store. */
export const KEY = "autogpt.apiKey";

export async function selectModel(context: Context): Promise<void> {
  const answer = await context.client.command<Models>("autogpt.server.models", {});
  if (!answer) return;
  type Item = vscode.QuickPickItem & { model?: string; other?: "weights" | "endpoint" | "forget" };
  const items: Item[] = answer.models.map(({ name, note }) => ({
    label: name,
    detail: note,
    description: name === answer.current ? t("in use") : "",
    model: name,
  }));
  items.push(
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    {
      label: `$(cloud) ${t("A model at an endpoint…")}`,
      detail: t("Any server with the OpenAI interface"),
      other: "endpoint",
    },
    {
      label: `$(folder) ${t("Weights from Hugging Face or a folder…")}`,
      detail: t("Loaded on this machine"),
      other: "weights",
    },
  );
  if (await context.secrets.get(KEY)) {
    items.push({
      label: `$(key) ${t("Forget the stored key")}`,
      detail: t("It is removed from your system's key store"),
      other: "forget",
    });
  }
  const chosen = await vscode.window.showQuickPick(items, { title: t("Choose a Model"), matchOnDetail: true });
  if (chosen?.model) await use(chosen.model);
  if (chosen?.other === "endpoint") await askEndpoint(context);
  if (chosen?.other === "forget") await storeKey(context, undefined);
  if (chosen?.other === "weights") {
    const name = await vscode.window.showInputBox({
      title: t("Weights"),
      prompt: t("A repository or a folder"),
      ignoreFocusOut: true,
    });
    if (name?.trim()) await use(`hf:${name.trim().replace(/^hf:/, "")}`);
  }
}

async function askEndpoint(context: Context): Promise<void> {
  const section = vscode.workspace.getConfiguration("autogpt");
  const url = await vscode.window.showInputBox({
    title: t("Endpoint (1 of 3)"),
    prompt: t("Its base address"),
    value: String(section.get("endpoint") || "http://127.0.0.1:8000/v1"),
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^https?:\/\/\S+$/.test(value.trim()) ? undefined : t("An address begins with http:// or https://"),
  });
  if (!url) return;
  const model = await vscode.window.showInputBox({
    title: t("Endpoint (2 of 3)"),
    prompt: t("The model's name there"),
    ignoreFocusOut: true,
  });
  if (!model?.trim()) return;
  const key = await vscode.window.showInputBox({
    title: t("Endpoint (3 of 3)"),
    prompt: t(
      "Its key; leave empty for none or to keep the one that is stored. It is kept in your system's key store.",
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined) return;
  await section.update("endpoint", url.trim(), vscode.ConfigurationTarget.Global);
  await use(model.trim());
  if (key.trim()) await storeKey(context, key.trim());
}

/** The worker gets its key when the server starts, so that one starts anew: at once, or when nothing is at work. */
async function storeKey(context: Context, key: string | undefined): Promise<void> {
  if (key) await context.secrets.store(KEY, key);
  else await context.secrets.delete(KEY);
  if (!context.runs.all().some(isAtWork)) return context.client.restart();
  void vscode.window.showInformationMessage(t("The key changes when the running tasks have ended."));
  const waiting = context.runs.onDidChange(() => {
    if (context.runs.all().some(isAtWork)) return;
    waiting.dispose();
    void context.client.restart();
  });
}

async function use(model: string): Promise<void> {
  const section = vscode.workspace.getConfiguration("autogpt");
  const known = section.inspect<string>("model");
  const here = known?.workspaceValue !== undefined;
  await section.update("model", model, here ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
  void vscode.window.setStatusBarMessage(t("AutoGPT uses {0} from now on", model), 5000);
}
