// Prints the processor time that loading each built file takes, each in a process of its own: `npm run build`, then this.
// The editor's module is a stand-in without behaviour, so what the editor itself does is not in it; `make bench-vscode`
// says what the editor has measured of the whole.
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const TRIES = 9;
const load = `
const Module = require("node:module");
const nothing = () => new Proxy(class {}, { get: (it, key) => (key in it ? it[key] : nothing()), apply: nothing });
const names = ${JSON.stringify(["window", "workspace", "commands", "languages", "l10n"])};
const classes = ["EventEmitter", "CodeLens", "CodeAction", "CompletionItem", "Diagnostic", "DocumentLink", "CallHierarchyItem", "TypeHierarchyItem", "SymbolInformation", "InlayHint", "CancellationError"];
const vscode = Object.fromEntries([...names, ...classes].map((name) => [name, nothing()]));
const original = Module._load;
Module._load = function (name, ...rest) { return name === "vscode" ? vscode : original.call(this, name, ...rest); };
const before = process.cpuUsage();
require(process.argv[1]);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);
process.exit(0);
`;

for (const name of ["extension.js", "connection.js"]) {
  const path = resolve(import.meta.dirname, "../dist", name);
  const taken = Array.from({ length: TRIES }, () => Number(execFileSync(process.execPath, ["-e", load, path])));
  taken.sort((one, other) => one - other);
  const [least, median, most] = [taken[0], taken[(TRIES - 1) / 2], taken.at(-1)];
  console.log(`${name.padEnd(14)} ${median.toFixed(1)} ms (${least.toFixed(1)} to ${most.toFixed(1)}, ${TRIES} times)`);
}
