/** The last lines that a process said, for the message about its end. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const KEPT = 200;

export class Tail {
  private readonly lines: string[] = [];

  /** Follows a stream; `each` gets every line as well. */
  follow(stream: Readable, each: (line: string) => void): void {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      each(line);
      this.add(line);
    });
  }

  add(line: string): void {
    if (!line.trim()) return;
    this.lines.push(line.trim());
    if (this.lines.length > KEPT) this.lines.shift();
  }

  clear(): void {
    this.lines.length = 0;
  }

  /** The last line that says something, short enough for a message; empty when nothing was said. */
  get last(): string {
    const line = this.lines.at(-1) ?? "";
    return line.length > 200 ? `${line.slice(0, 199)}…` : line;
  }
}
