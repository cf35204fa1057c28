// How long a story waits. Time counts as far as the machine gave it: on a busy one a thread stands in the queue for a
// processor for most of it, and a step that takes a second of work takes minutes.
import { performance } from "node:perf_hooks";
import { below, queued } from "./processes.mjs";

/** Milliseconds for one step on a machine that has nothing else to do. */
const PATIENCE = Number(process.env.AUTOGPT_E2E_PATIENCE ?? 150_000);
/** Milliseconds between two looks at the queues. */
const LOOK = 2000;
/** A machine that gives less than this is not waited for in proportion any more. */
const LEAST = 0.05;

class Patience {
  #share = 1;
  #at = performance.now();
  #queued = queues();
  #pages = [];

  constructor() {
    setInterval(() => this.#look(), LOOK).unref();
  }

  /** For one step. */
  get long() {
    return PATIENCE / this.#share;
  }

  /** After which a step that can be repeated is. */
  get short() {
    return PATIENCE / 10 / this.#share;
  }

  /** What is waited for on a page gets this much time, too. */
  follow(page) {
    this.#pages.push(page);
    page.setDefaultTimeout(this.long);
  }

  /** What `check` returns, once that is true; `limit` are milliseconds. */
  async until(what, check, limit = PATIENCE) {
    let left = limit;
    for (let at = performance.now(); ; ) {
      const value = await check();
      if (value) return value;
      if (left < 0) throw new Error(`Waited in vain for ${what}.`);
      await new Promise((done) => setTimeout(done, 150));
      const now = performance.now();
      left -= (now - at) * this.#share;
      at = now;
    }
  }

  /** Of the time since the last look, the part in which no thread of the story was kept waiting for a processor. */
  #look() {
    const before = this.#queued;
    const now = performance.now();
    this.#queued = queues();
    const waits = [...this.#queued].map(([thread, waited]) => waited - (before.get(thread) ?? 0));
    this.#share = Math.min(1, Math.max(LEAST, 1 - Math.max(0, ...waits) / (now - this.#at)));
    this.#at = now;
    for (const page of this.#pages) page.setDefaultTimeout(this.long);
  }
}

/** Threads of the story's processes, each with how long it has waited for a processor. */
function queues() {
  return new Map(below(process.pid).flatMap(queued));
}

export const patience = new Patience();
