/** Comments on lines of a proposal, kept until the next round takes them along. */

import * as vscode from "vscode";
import { parseShown, type RunComment, SHOWN, textUri } from "./protocol";

export class Comments implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController("autogpt", "AutoGPT");
  private readonly threads = new Set<vscode.CommentThread>();

  constructor() {
    this.controller.options = {
      prompt: vscode.l10n.t("What should be different here?"),
      placeHolder: vscode.l10n.t("Comment for the next round"),
    };
    this.controller.commentingRangeProvider = {
      provideCommentingRanges: (document) =>
        document.uri.scheme === SHOWN && parseShown(document.uri)?.side === "new"
          ? [new vscode.Range(0, 0, Math.max(0, document.lineCount - 1), 0)]
          : [],
    };
  }

  add({ thread, text }: vscode.CommentReply): void {
    const comment: vscode.Comment = {
      body: text,
      mode: vscode.CommentMode.Preview,
      author: { name: vscode.l10n.t("You") },
    };
    thread.comments = [...thread.comments, comment];
    thread.canReply = false;
    thread.label = vscode.l10n.t("Comment for the next round");
    thread.contextValue = "waiting";
    this.threads.add(thread);
    this.update();
  }

  remove(thread: vscode.CommentThread): void {
    this.threads.delete(thread);
    thread.dispose();
    this.update();
  }

  of(run: string): RunComment[] {
    return this.threadsOf(run).flatMap((thread) =>
      thread.comments.map((comment) => ({
        uri: serverUri(thread.uri),
        ...(thread.range ? { range: plain(thread.range) } : {}),
        text: typeof comment.body === "string" ? comment.body : comment.body.value,
      })),
    );
  }

  clear(run: string): void {
    for (const thread of this.threadsOf(run)) this.remove(thread);
  }

  /** A run that has comments: the one that "refine" is about when nothing else is said. */
  get run(): string | undefined {
    const [first] = this.threads;
    return first && parseShown(first.uri)?.run;
  }

  dispose(): void {
    this.controller.dispose();
  }

  private threadsOf(run: string): vscode.CommentThread[] {
    return [...this.threads].filter((thread) => parseShown(thread.uri)?.run === run);
  }

  private update(): void {
    void vscode.commands.executeCommand("setContext", "autogpt.hasComments", this.threads.size > 0);
  }
}

const plain = ({ start, end }: vscode.Range) => ({
  start: { line: start.line, character: start.character },
  end: { line: end.line, character: end.character },
});

function serverUri(uri: vscode.Uri): string {
  const place = parseShown(uri);
  return place ? textUri(place.run, place.side, place.path) : uri.toString();
}
