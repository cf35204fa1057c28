// Puts the server with its pure-Python libraries, and the wheel for the worker, into bundled/.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

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

// Of the package itself only what the server imports.
const closure = execFileSync(python, [join(import.meta.dirname, "closure.py"), libs], { encoding: "utf8" });
const keep = new Set(closure.trim().split("\n"));
for (const entry of readdirSync(join(libs, "autogpt"), { withFileTypes: true, recursive: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !keep.has(relative(join(libs, "autogpt"), path).replaceAll("\\", "/"))) rmSync(path);
}
rmSync(join(libs, "bin"), { recursive: true, force: true });
cpSync(join(root, "LICENSE"), join(bundled, "..", "LICENSE"));
// Without bytecode (-B): it would be for this Python alone, and a third of the package.
execFileSync(python, ["-I", "-S", "-B", join(bundled, "start.py"), "--help"]);
// Every module of it finds all that it needs beside it and in Python itself.
const every = `
import importlib, pathlib, sys
libs = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(libs))
for path in [*libs.glob("autogpt/**/*.py"), *libs.glob("autogpt_lsp/**/*.py")]:
    if path.name != "__main__.py":
        importlib.import_module(".".join(path.relative_to(libs).with_suffix("").parts).removesuffix(".__init__"))
`;
execFileSync(python, ["-I", "-S", "-B", "-c", every, libs], { stdio: "inherit" });
