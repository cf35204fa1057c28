// Puts the server with its pure-Python libraries, and the wheel for the worker, into bundled/.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");
const bundled = join(import.meta.dirname, "..", "bundled");
const libs = join(bundled, "libs");
const wheels = join(bundled, "wheels");
const python = process.env.PYTHON ?? "python3";
const pip = (...args) =>
  execFileSync(python, ["-m", "pip", "--disable-pip-version-check", "--quiet", ...args], { stdio: "inherit" });

for (const folder of [libs, wheels]) rmSync(folder, { recursive: true, force: true });
mkdirSync(libs, { recursive: true });
pip("wheel", "--no-deps", "--wheel-dir", wheels, root);
// For the oldest Python that the server runs on, so that what newer ones have built in is there too.
const pure = ["--only-binary=:all:", "--python-version=3.10", "--implementation=py", "--platform=any", "--abi=none"];
pip("install", ...pure, "--no-compile", "--target", libs, "--requirement", join(bundled, "requirements.txt"));
const wheel = readdirSync(wheels).find((name) => name.endsWith(".whl"));
pip("install", "--no-deps", "--no-compile", "--target", libs, join(wheels, wheel));

// Of the package itself the server needs only plain data.
const keep = new Set([
  "task",
  "events",
  "result",
  "state",
  "wire",
  "config",
  "differing",
  "errors",
  "paths",
  "__init__",
]);
for (const entry of readdirSync(join(libs, "autogpt"), { withFileTypes: true })) {
  const name = entry.name.replace(/\.py$/, "");
  if (entry.isDirectory() && name !== "worker") rmSync(join(libs, "autogpt", entry.name), { recursive: true });
  if (entry.isFile() && !keep.has(name)) rmSync(join(libs, "autogpt", entry.name));
}
for (const name of readdirSync(join(libs, "autogpt", "worker"))) {
  if (!["__init__.py", "protocol.py"].includes(name)) {
    rmSync(join(libs, "autogpt", "worker", name), { recursive: true });
  }
}
rmSync(join(libs, "bin"), { recursive: true, force: true });
cpSync(join(root, "LICENSE"), join(bundled, "..", "LICENSE"));
execFileSync(python, ["-I", "-S", join(bundled, "start.py"), "--help"]);
