// Processes of one editor, found by the state folder in their environment, and what the system says of them.
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

/** Everything that descends from a process. */
export function below(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? Number(stat(name)[1]) : Number.NaN;
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found.slice(1);
}

/** Its threads, each with the milliseconds that it stood in the queue for a processor. */
export function queued(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => [`${pid}/${thread}`, schedule(`${pid}/task/${thread}`)[1]]);
  } catch {
    return [];
  }
}

/** One line: who it is, what it does, the time that it worked and the time that it waited for a processor. */
export function told(pid) {
  const [state, parent] = stat(pid);
  const [worked, waited] = schedule(pid).map((time) => `${(time / 1000).toFixed(1)} s`);
  const command = commandOf(pid).replaceAll("\0", " ").trim();
  return `${pid} below ${parent}, ${state}, worked ${worked}, queued ${waited}: ${command.slice(0, 90)} … ${command.slice(-40)}`;
}

/** State and parent. The name before them, in parentheses, may hold anything. */
function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  } catch {
    return [];
  }
}

function schedule(place) {
  try {
    return readFileSync(`/proc/${place}/schedstat`, "utf8").split(" ").map((time) => Number(time) / 1e6);
  } catch {
    return [0, 0];
  }
}

export function kill(pid, signal = "SIGKILL") {
  try {
    process.kill(pid, signal);
  } catch {}
}
