// Work that is disturbed, and machines that lack something: the worker killed, the server started anew by its command, a
// longer task begun meanwhile; no git, no Python, a server that is too old.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Editor, python } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";
import { kill, running } from "./processes.mjs";
import { MENDED, PROJECT } from "./project.mjs";

test("a task outlasts its worker and a restart of the server, while a longer one is written and started", async () => {
  const endpoint = await Endpoint.open(MENDED);
  // One at a time, so that the second has to wait for the first.
  const settings = { ...endpoint.settings, "autogpt.maxRuns": 1 };
  const editor = await Editor.open({ files: PROJECT, settings });
  const { page } = editor;
  const asked = (count) => editor.until(`question ${count}`, () => endpoint.asked.length === count);
  try {
    const before = editor.untouched();
    await editor.openFile("shop/price.py");
    endpoint.hold();
    await editor.palette("AutoGPT: Fix Failing Tests");
    await asked(1);

    // Killed in the middle of it: the server is still there, says so, and offers to go on.
    for (const worker of running(editor.state, "autogpt.worker")) kill(worker);
    await editor.tree("Interrupted").waitFor();
    await editor.progress().waitFor({ state: "detached" });
    await editor.shot("worker-killed");
    await editor.clickUntil(
      page.locator(".notification-toast .monaco-button", { hasText: "Resume" }).first(),
      editor.progress().first(),
    );
    await asked(2);

    // The command starts another server; the run waits to be gone on with.
    const servers = running(editor.state, "start.py");
    await editor.palette("AutoGPT: Restart the Server");
    await editor.until("another server", () => running(editor.state, "start.py").some((pid) => !servers.includes(pid)));
    await editor.tree("Interrupted").waitFor();
    await editor.palette("AutoGPT: Resume Task");
    await asked(3);

    // A longer task, written in a document and started from the button above it while the first is at work.
    await editor.openFile("shop/tax.py");
    await editor.palette("AutoGPT: Implement Task");
    await editor.quickInput("", { enter: false, row: "Write a longer task" });
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "Write a longer task" }).click();
    await page.locator(".tab.active", { hasText: "Untitled" }).waitFor();
    await page.keyboard.type("Mend the three faults.\nKeep every line short.\n");
    await page.locator(".view-line", { hasText: "Keep every line short" }).waitFor();
    await editor.shot("longer-task");
    await page.locator(".editor-actions .action-label[aria-label*='Start This Task']").click();
    await page.locator(".tab", { hasText: "Untitled" }).waitFor({ state: "detached" });
    await editor.tree("Waiting for another run").waitFor();
    await editor.shot("two-at-work");
    endpoint.release();
    await editor.until("its question", () => endpoint.asked[3]?.text.includes("Keep every line short."));
    await editor.until("the end of both", () => editor.runs().every(({ status }) => ["verified", "error"].includes(status)));
    assert.equal(editor.runs()[1].status, "verified"); // the other one found no further answer in the script
    assert.equal(editor.untouched(), before);
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-disturbed");
    console.error(editor.logs());
    throw error;
  } finally {
    endpoint.close();
    assert.deepEqual(await editor.close(), []);
  }
});

test("without Python, without git and with a server that is too old a person is told what to do", async () => {
  const bare = (_project, folder) => {
    mkdirSync(join(folder, "bin"));
    // A server that says another version of itself.
    const lines = ["import autogpt_lsp.app as app", "app.__version__ = '0.0.1'", "from autogpt_lsp.cli import main", "main([])"];
    writeFileSync(join(folder, "old.py"), `${lines.join("\n")}\n`);
  };
  const editor = await Editor.open({ files: PROJECT, prepare: bare, path: "bin" });
  const { page } = editor;
  const notice = (text) => page.locator(".notification-list-item", { hasText: text }).first();
  try {
    await editor.openFile("shop/price.py");
    await notice("needs Python 3.10 or newer to run, and found none").waitFor();
    await editor.shot("no-python");
    assert.deepEqual(running(editor.state, "start.py"), []);

    editor.settings({ "autogpt.server.interpreter": python });
    await editor.until("a server", () => running(editor.state, "start.py").length === 1);
    await editor.palette("AutoGPT: Fix Failing Tests");
    await notice("Install git").waitFor();
    await editor.shot("no-git");
    assert.equal(await editor.progress().count(), 0);

    editor.settings({ "autogpt.server.command": [python, join(editor.folder, "old.py")] });
    await notice("The server is autogpt 0.0.1, but").waitFor();
    await editor.shot("too-old");
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-bare");
    console.error(editor.logs());
    throw error;
  } finally {
    assert.deepEqual(await editor.close(), []);
  }
});
