// Processes of one editor, found by the state folder in their environment.
import { readdirSync, readFileSync } from "node:fs";

export function processesOf(state) {
  const found = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${name}/environ`, "utf8").includes(`AUTOGPT_STATE_HOME=${state}`)) found.push(Number(name));
    } catch {}
  }
  return found;
}

/** Those whose command line has this word: `start.py` is the server, `autogpt.worker` the worker. */
export function running(state, word) {
  return processesOf(state).filter((pid) => commandOf(pid).includes(word));
}

export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

export function kill(pid, signal = "SIGKILL") {
  try {
    process.kill(pid, signal);
  } catch {}
}
