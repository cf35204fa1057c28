/** Choosing a model: what the server can offer, an endpoint, and a key that never goes into settings. */

import * as vscode from "vscode";
import type { Context } from "../context";
import type { Models } from "../protocol";

const t = vscode.l10n.t;

export async function selectModel(context: Context): Promise<void> {
  const answer = await context.client.command<Models>("autogpt.server.models", {});
  if (!answer) return;
  type Item = vscode.QuickPickItem & { model?: string; other?: "weights" | "endpoint" };
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
  const chosen = await vscode.window.showQuickPick(items, { title: t("Choose a Model"), matchOnDetail: true });
  if (chosen?.model) await use(chosen.model);
  if (chosen?.other === "endpoint") await askEndpoint(context);
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
    value: section.get("endpoint", "") || "http://127.0.0.1:8000/v1",
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
  if (key.trim()) {
    await context.secrets.store("autogpt.apiKey", key.trim());
    if (!context.runs.all().some(({ status }) => status === "running")) await context.client.restart();
  }
}

async function use(model: string): Promise<void> {
  const section = vscode.workspace.getConfiguration("autogpt");
  const known = section.inspect<string>("model");
  const here = known?.workspaceValue !== undefined;
  await section.update("model", model, here ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
  void vscode.window.setStatusBarMessage(t("AutoGPT uses {0} from now on", model), 5000);
}
