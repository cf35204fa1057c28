// Prints how long a person waits: for the extension to be there, for the first sign of a task, for a large review.
// Run by `node timings.mjs` here, or `make bench-vscode`. Nothing is asserted: machines differ.
import { performance } from "node:perf_hooks";
import { Editor } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";

const FILES = 100;
const paths = Array.from({ length: FILES }, (_, index) => `shop/part_${String(index).padStart(3, "0")}.py`);
const files = {
  "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
  "shop/__init__.py": "",
  ...Object.fromEntries(paths.map((path, index) => [path, `def value():\n    return ${index}\n`])),
  "tests/test_parts.py":
    "import importlib\n\n\ndef test_parts():\n" +
    `    for index in range(${FILES}):\n        part = importlib.import_module(f"shop.part_{index:03d}")\n        assert part.value() == index + 1\n`,
};
const answer = paths.map((path, index) => `\`\`\`edit file ${path}\ndef value():\n    return ${index + 1}\n\`\`\``).join("\n");

const endpoint = await Endpoint.open(`${answer}\nSummary: Count from one\n`);
const editor = await Editor.open({ files, settings: { ...endpoint.settings, "multiDiffEditor.experimental.enabled": true } });
const { page } = editor;
const timed = async (what, limit, work) => {
  const begun = performance.now();
  await work();
  const wanted = limit ? ` (wanted: under ${limit} ms)` : "";
  console.log(`${what.padEnd(58)} ${Math.round(performance.now() - begun)} ms${wanted}`);
};
const firstDiff = () => page.locator(".multiDiffEntry .line-insert, .multiDiffEntry .char-insert").first().waitFor();
try {
  await editor.openFile(paths[0]);
  await page.locator(".statusbar-item[aria-label*='Python'], .statusbar-item", { hasText: "Python" }).first().waitFor();
  await editor.palette("Developer: Show Running Extensions");
  const row = page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: "AutoGPT" });
  await row.waitFor();
  console.log(`${"Activation, as the editor has measured it".padEnd(58)} ${/\d+ms/.exec(await row.innerText())?.[0]} (wanted: under 100 ms)`);

  // The first task starts the worker; the second one finds it warm.
  await editor.palette("AutoGPT: Choose Model");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "builtin" }).first().waitFor();
  await page.keyboard.press("Escape");
  await editor.palette("AutoGPT: Implement Task");
  await editor.quickInput("Count from one", { enter: false, row: "Count from one" });
  await timed("From the palette to the first sign of progress, warm", 1000, async () => {
    await page.keyboard.press("Enter");
    await editor.progress().first().waitFor();
  });
  await editor.palette("AutoGPT: Cancel Task");
  await editor.tree("Cancelled").waitFor();

  await editor.palette("AutoGPT: Fix Failing Tests");
  await editor.tree("Proved").waitFor();
  await timed(`Review of ${FILES} files, from the click to the first diff`, 2000, async () => {
    await page.locator(".statusbar-item", { hasText: "to review" }).click();
    await firstDiff();
  });

  // The same changes in the editor's own git: what of the time above is the editor's.
  await editor.palette("AutoGPT: Apply Changes");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "part_000" }).waitFor();
  await page.keyboard.press("Enter");
  await editor.tree("Applied").waitFor();
  await editor.palette("View: Close All Editors");
  const group = page.locator(".scm-view .monaco-list-row", { hasText: "Changes" }).filter({ hasText: String(FILES) }).last();
  await editor.pressUntil("Control+Shift+G", group);
  await group.hover();
  await timed(`The same ${FILES} changes, shown by the editor's own git`, undefined, async () => {
    await group.locator(".action-label[aria-label^='Open Changes']").click();
    await page.getByText("Loading...").waitFor();
    await page.getByText("Loading...").waitFor({ state: "hidden" }); // until then the diffs of before are behind it
    await firstDiff();
  });
} finally {
  endpoint.close();
  await editor.close();
}
