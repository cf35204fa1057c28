// Getting to work on a machine that is not ready: the worker set up only after a yes, and servers that do not come up.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Editor, python } from "./editor.mjs";
import { running } from "./processes.mjs";
import { PROJECT } from "./project.mjs";

test("the worker is set up after consent or taken from a Python; a server that fails says why and comes back", async () => {
  // Without an index pip finds no torch, as on a machine without a network.
  const editor = await Editor.open({ files: PROJECT, settings: { "autogpt.server.worker": "" }, env: { PIP_NO_INDEX: "1" } });
  const { page } = editor;
  const dialog = page.locator(".monaco-dialog-box");
  const button = (text) => page.locator(".monaco-dialog-box .monaco-button", { hasText: text });
  const notice = (text) => page.locator(".notification-toast", { hasText: text }).first();
  try {
    await editor.openFile("shop/price.py");
    await editor.palette("AutoGPT: Fix Failing Tests");
    await dialog.waitFor();
    await editor.shot("consent");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(editor.runs(), []);

    await editor.palette("AutoGPT: Fix Failing Tests");
    await button("Set Up").click();
    await notice("could not be set up").waitFor();
    await editor.shot("set-up-failed");
    await page.locator(".notification-toast", { hasText: "Setting up AutoGPT" }).waitFor({ state: "detached" });
    const storage = join(editor.folder, "data/User/globalStorage/autogpt-lsp.autogpt-lsp/worker");
    assert.equal(existsSync(storage), false);
    await notice("could not be set up").locator(".monaco-button", { hasText: "Show Log" }).click();
    await page.locator(".part.panel .pane-body, .part.panel .output-view").first().waitFor();
    await editor.shot("log");
    await editor.palette("View: Hide Panel");
    assert.deepEqual(editor.runs(), []);

    await editor.palette("AutoGPT: Fix Failing Tests");
    await button("Choose a Python").click();
    // The dialog lists a folder first, and completes what was typed before it was done.
    const path = page.locator(".quick-input-widget input.input").first();
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "price.py" }).waitFor();
    await editor.until("the path", async () => {
      await path.fill(python);
      await page.waitForTimeout(500);
      return (await path.inputValue()) === python;
    });
    await page.locator(".quick-input-widget .monaco-button", { hasText: "Use This Python" }).click();
    await editor.tree("Fix").waitFor();
    const run = await editor.ended();
    assert.notEqual(run.status, "error");

    const failing = [python, "-c", "import sys; sys.exit('this server is out of tea')"];
    editor.settings({ "autogpt.server.worker": python, "autogpt.server.command": failing });
    await notice("out of tea").waitFor();
    await editor.shot("server-fails");
    assert.deepEqual(running(editor.state, "start.py"), []);
    await editor.progress().waitFor({ state: "detached" });
    assert.equal(await page.locator(".notification-toast").count(), 1);
    await editor.palette("Notifications: Clear All Notifications");
    editor.settings({ "autogpt.server.command": ["/nowhere/autogpt", "lsp"] });
    await notice("/nowhere/autogpt ENOENT").waitFor();
    await editor.shot("server-missing");
    editor.settings({ "autogpt.server.command": [] });
    await editor.until("a server again", () => running(editor.state, "start.py").length === 1);
    await editor.tree("Fix").waitFor();
  } catch (error) {
    await editor.shot("failure-start");
    console.error(editor.logs());
    throw error;
  } finally {
    assert.deepEqual(await editor.close(), []);
  }
});
