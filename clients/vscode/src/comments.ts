/** Comments on lines of a proposal, kept until the next round takes them along, over a reload of the window too. */

import * as vscode from "vscode";
import { parseShown, type RunComment, SHOWN, textUri } from "./protocol";
import type { Runs } from "./runs";

/** Where the comments of this workspace that no round has taken along yet are noted. */
const NOTED = "autogpt.comments";

interface Noted {
  uri: string;
  range: ReturnType<typeof plain>;
  texts: string[];
}

export class Comments implements vscode.Disposable {
  private readonly controller = vscode.comments.createCommentController("autogpt", "AutoGPT");
  private readonly threads = new Set<vscode.CommentThread>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly memory: vscode.Memento,
    private readonly runs: Runs,
  ) {
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
    this.restore();
    this.subscription = runs.onDidChange((state) => {
      if (state?.discarded) this.clear(state.run);
    });
  }

  add({ thread, text }: vscode.CommentReply): void {
    thread.comments = [...thread.comments, commentOf(text)];
    this.wait(thread);
    this.update();
  }

  remove(thread: vscode.CommentThread): void {
    this.threads.delete(thread);
    thread.dispose();
    this.update();
  }

  of(run: string): RunComment[] {
    return this.threadsOf(run).flatMap((thread) =>
      textsOf(thread).map((text) => ({
        uri: serverUri(thread.uri),
        range: plain(thread.range),
        text,
      })),
    );
  }

  clear(run: string): void {
    for (const thread of this.threadsOf(run)) this.remove(thread);
  }

  /** A run that has comments: the one that "refine" is about when nothing else is said. */
  get run(): string | undefined {
    const commented = [...this.threads].map(({ uri }) => parseShown(uri)?.run ?? "");
    return commented.find((run) => this.runs.get(run));
  }

  dispose(): void {
    this.subscription.dispose();
    this.controller.dispose();
  }

  /** Those of an earlier window. The editor shows each once the text that it is about is opened. */
  private restore(): void {
    for (const { uri, range, texts } of this.memory.get<Noted[]>(NOTED, [])) {
      const { start, end } = range;
      const place = new vscode.Range(start.line, start.character, end.line, end.character);
      this.wait(this.controller.createCommentThread(vscode.Uri.parse(uri), place, texts.map(commentOf)));
    }
    this.setContext();
  }

  private wait(thread: vscode.CommentThread): void {
    thread.canReply = false;
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    thread.label = vscode.l10n.t("Comment for the next round");
    thread.contextValue = "waiting";
    this.threads.add(thread);
  }

  private threadsOf(run: string): vscode.CommentThread[] {
    return [...this.threads].filter((thread) => parseShown(thread.uri)?.run === run);
  }

  private update(): void {
    const noted: Noted[] = [...this.threads].map((thread) => ({
      uri: thread.uri.toString(),
      range: plain(thread.range),
      texts: textsOf(thread),
    }));
    void this.memory.update(NOTED, noted);
    this.setContext();
  }

  private setContext(): void {
    void vscode.commands.executeCommand("setContext", "autogpt.hasComments", this.threads.size > 0);
  }
}

const commentOf = (text: string): vscode.Comment => ({
  body: text,
  mode: vscode.CommentMode.Preview,
  author: { name: vscode.l10n.t("You") },
});

const textsOf = (thread: vscode.CommentThread): string[] =>
  thread.comments.map(({ body }) => (typeof body === "string" ? body : body.value));

/** Of a whole file, where there is no range: its first line. */
const plain = (range: vscode.Range | undefined) => ({
  start: { line: range?.start.line ?? 0, character: range?.start.character ?? 0 },
  end: { line: range?.end.line ?? 0, character: range?.end.character ?? 0 },
});

function serverUri(uri: vscode.Uri): string {
  const place = parseShown(uri);
  return place ? textUri(place.run, place.side, place.path) : uri.toString();
}
