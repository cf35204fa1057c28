/** A language client that says nothing to the person by itself: what went wrong is told once, in words of ours. */

import { LanguageClient } from "vscode-languageclient/node";

export class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}
