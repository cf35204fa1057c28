/** Puts the parts together and names the commands; everything else has a file of its own. */

import * as vscode from "vscode";
import { AppliedChanges } from "./applied";
import { AppliedStore } from "./appliedStore";
import { Client } from "./client";
import { applyChanges, applyHunk, openFileChanges, revertChanges, reviewChanges } from "./commands/changes";
import { doctor, showLog } from "./commands/help";
import { selectModel } from "./commands/model";
import { cancelRun, copyBranch, discardChanges, refineRun, resumeRun, steerRun } from "./commands/runs";
import { fixFailingTests, implementTask } from "./commands/start";
import { Comments } from "./comments";
import { Conflicts } from "./conflicts";
import { type Context, guarded } from "./context";
import { Drafts } from "./drafts";
import { Evidence } from "./evidence";
import type { LineChange } from "./lines";
import { whenNeeded } from "./need";
import { Reports } from "./reports";
import { renewReviews, Texts } from "./review";
import { Runs } from "./runs";
import { RunsView } from "./runsView";
import { Places } from "./server";
import { Status } from "./status";
import { setUpWorker } from "./worker";

let client: Client | undefined;

export function activate(extension: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("AutoGPT", { log: true });
  const places = new Places(extension.extensionUri, extension.globalStorageUri);
  client = new Client(places, log, extension.secrets);
  const runs = new Runs(client);
  const context: Context = {
    client,
    runs,
    applied: new AppliedChanges(new AppliedStore(extension.storageUri, (text) => log.warn(text))),
    comments: new Comments(extension.workspaceState, runs),
    conflicts: new Conflicts(client, runs),
    drafts: new Drafts(),
    reports: new Reports(),
    memory: extension.workspaceState,
    secrets: extension.secrets,
  };
  const view = new RunsView(runs);
  extension.subscriptions.push(
    log,
    runs,
    context.applied,
    context.comments,
    context.conflicts,
    context.drafts,
    context.reports,
    view,
    new Status(client, runs, view),
    new Texts(client, runs),
    new Evidence(runs),
    ...register(context, places),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void client?.trust()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("autogpt.server") && client?.condition !== "off") void client?.restart();
    }),
    renewReviews(runs, () => void client?.ready()),
    whenNeeded(extension.extension, view.tree, () => void client?.ready()),
  );
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}

// biome-ignore lint/suspicious/noExplicitAny: commands get whatever their menus and the server pass
type Handler = (...given: any[]) => unknown;

function register(context: Context, places: Places): vscode.Disposable[] {
  const { applied, comments } = context;
  const commands: Record<string, Handler> = {
    "autogpt.implementTask": (given) => implementTask(context, given),
    "autogpt.fixFailingTests": (given) => fixFailingTests(context, given),
    "autogpt.reviewChanges": (given) => reviewChanges(context, given),
    "autogpt.applyChanges": (given) => applyChanges(context, given),
    "autogpt.discardChanges": (given) => discardChanges(context, given),
    "autogpt.cancelRun": (given) => cancelRun(context, given),
    "autogpt.resumeRun": (given) => resumeRun(context, given),
    "autogpt.refineRun": (given) => refineRun(context, given),
    "autogpt.steerRun": (given) => steerRun(context, given),
    "autogpt.selectModel": () => selectModel(context),
    "autogpt.showLog": () => showLog(context),
    "autogpt.doctor": () => doctor(context),
    "autogpt.startDraft": () => context.drafts.start(),
    "autogpt.openFileChanges": (given) => openFileChanges(context, given),
    "autogpt.applyHunk": () => applyHunk(context),
    "autogpt.revertChanges": (given) => revertChanges(context, given),
    "autogpt.copyBranch": (given) => copyBranch(context, given),
    "autogpt.refreshRuns": () => context.runs.refresh(),
    "autogpt.restartServer": () => context.client.restart(),
    "autogpt.setUpWorker": async () => {
      if (await setUpWorker(places, context.client.log)) await context.client.restart();
    },
    "autogpt.addComment": async (reply: vscode.CommentReply) => comments.add(reply),
    "autogpt.removeComment": async (thread: vscode.CommentThread) => comments.remove(thread),
    "autogpt.openAppliedChanges": (state: { resourceUri: vscode.Uri }) => applied.open(state.resourceUri),
    "autogpt.keepFile": async (state: { resourceUri: vscode.Uri }) => applied.keepFile(state.resourceUri),
    "autogpt.undoFile": (state: { resourceUri: vscode.Uri }) => applied.undoFile(state.resourceUri),
    "autogpt.keepAll": async () => applied.keepAll(),
    "autogpt.keepHunk": (uri: vscode.Uri, changes: LineChange[], index: number) => {
      const change = changes[index];
      return change && applied.keepHunk(uri, change);
    },
    "autogpt.undoHunk": (uri: vscode.Uri, changes: LineChange[], index: number) => {
      const change = changes[index];
      return change && applied.undoHunk(uri, change);
    },
  };
  return Object.entries(commands).map(([id, handler]) =>
    vscode.commands.registerCommand(id, (...given) => guarded(context, async () => handler(...given))),
  );
}
