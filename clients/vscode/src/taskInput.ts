/** The box where a person says what is wanted: one line with history, or a document for more. */

import * as vscode from "vscode";
import type { Drafts } from "./drafts";
import { shorten } from "./wording";

const HISTORY = "autogpt.taskHistory";
const KEPT = 30;

export async function askTask(memory: vscode.Memento, drafts: Drafts): Promise<string | undefined> {
  const history = memory.get<string[]>(HISTORY, []);
  const answer = await pick(history);
  const task = answer === LONGER ? await drafts.write() : answer?.trim();
  if (!task) return undefined;
  await memory.update(HISTORY, [task, ...history.filter((known) => known !== task)].slice(0, KEPT));
  return task;
}

const LONGER = Symbol("longer");

function pick(history: readonly string[]): Promise<string | typeof LONGER | undefined> {
  const box = vscode.window.createQuickPick<vscode.QuickPickItem & { task: string | typeof LONGER }>();
  const before = history.map((task) => ({ label: `$(history) ${shorten(task, 100)}`, task }));
  const longer = { label: `$(edit) ${vscode.l10n.t("Write a longer task…")}`, task: LONGER, alwaysShow: true } as const;
  box.title = vscode.l10n.t("Implement Task");
  box.placeholder = vscode.l10n.t("What should be done? For example: add a function that …");
  box.items = [...before, longer];
  box.onDidChangeValue((value) => {
    const typed = value.trim();
    const asTyped = { label: `$(play) ${typed}`, task: typed, alwaysShow: true };
    box.items = typed ? [asTyped, ...before, longer] : [...before, longer];
    if (typed) box.activeItems = [asTyped];
  });
  return new Promise((resolve) => {
    box.onDidAccept(() => {
      resolve(box.activeItems[0]?.task ?? box.value);
      box.dispose();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}
