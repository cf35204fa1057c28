// Tasks from words: watched, discarded, cancelled; the window reloaded and the server killed afterwards.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Editor } from "./editor.mjs";
import { kill, running } from "./processes.mjs";

test("a task is implemented from the palette, discarded, a long one is cancelled and still listed after a reload and a crash", async () => {
  const editor = await Editor.open({ settings: { "workbench.colorTheme": "Default Light Modern" } });
  const { page } = editor;
  try {
    const before = editor.untouched();
    // Nothing is started for a window that shows no code.
    await editor.until("the command to be offered", () => editor.offers("AutoGPT: Implement Task"));
    assert.deepEqual(running(editor.state, "start.py"), []);
    await editor.openFile("shop/text.py");
    await editor.until("the command to be offered", () => editor.offers("AutoGPT: Implement Task"));
    assert.equal(await editor.offers("AutoGPT: Apply Changes"), false);
    await editor.palette("AutoGPT: Implement Task");
    await editor.quickInput("Implement slug", { enter: false, row: "Implement slug" });
    await editor.shot("task-input");
    await page.keyboard.press("Enter");
    await editor.tree("Implement slug").waitFor();
    const run = await editor.ended();
    assert.equal(run.status, "verified");
    assert.equal(editor.untouched(), before);
    assert.ok(editor.git("diff", "main", run.branch, "--stat").includes("shop/text.py"));
    await editor.shot("implemented-light");

    await editor.palette("AutoGPT: Discard Changes");
    await page.locator(".monaco-dialog-box .monaco-button", { hasText: "Discard" }).click();
    await editor.until("the branch to go", () => editor.branches().length === 0);
    assert.equal(editor.untouched(), before);

    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.tree("Fix the failing tests").waitFor();
    await editor.progress().first().waitFor();
    await editor.palette("AutoGPT: Cancel Task");
    const cancelled = await editor.ended();
    assert.equal(cancelled.status, "cancelled");
    await editor.progress().waitFor({ state: "detached" });
    assert.equal(editor.untouched(), before);
    await editor.shot("cancelled");

    await editor.reload();
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await editor.tree("Fix the failing tests").waitFor();
    await editor.shot("reloaded");

    const [server] = running(editor.state, "start.py");
    kill(server);
    await editor.until("another server", () => running(editor.state, "start.py").some((pid) => pid !== server));
    await editor.tree("Fix the failing tests").waitFor();
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-tasks");
    console.error(editor.logs());
    throw error;
  } finally {
    assert.deepEqual(await editor.close(), []);
  }
});
