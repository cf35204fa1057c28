// What is left to understand a story that failed: the journals, who holds their locks, the processes, the logs.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { below, told } from "./processes.mjs";

/** Of the editor whose server is the process `pid`, with its state and its data in these folders. */
export function evidence(pid, state, data) {
  const paths = [...files(state), ...files(join(data, "logs"))];
  const part = (fits, text) => paths.filter((path) => fits.test(path)).map((path) => `== ${path}\n${text(path)}`);
  return [
    ...part(/AutoGPT.*\.log$|server\.log$/, (path) => readFileSync(path, "utf8").slice(-4000)),
    ...part(/remoteexthost\.log$/, (path) => readFileSync(path, "utf8").slice(-1000)),
    ...part(/events\.jsonl$/, events),
    ...part(/\.lock$/, holder),
    "== processes",
    ...(pid ? below(pid).map(told) : []),
  ].join("\n");
}

function files(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
}

/** The events of a run, each cut: what was asked of a model is long and known. */
function events(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .map((line) => line.replace(/"(messages|settings|reasons|failures)":.*/, '"$1": …').slice(0, 300))
    .join("\n");
}

function holder(path) {
  const inode = `:${statSync(path).ino} `;
  const held = readFileSync("/proc/locks", "utf8").split("\n").find((line) => line.includes(inode));
  return held ? `held: ${held}` : "free";
}
