// Tasks from words: watched, discarded, cancelled; the window reloaded and the server killed afterwards.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Editor, processesOf } from "./editor.mjs";

test("a task is implemented from the palette, discarded, a long one is cancelled and still listed after a reload and a crash", async () => {
  const editor = await Editor.open({ settings: { "workbench.colorTheme": "Default Light Modern" } });
  const { page } = editor;
  try {
    const before = editor.untouched();
    await editor.openFile("shop/text.py");
    assert.equal(await editor.offers("AutoGPT: Implement Task"), true);
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
    await page.locator(".statusbar-item", { hasText: "autogpt:" }).first().waitFor();
    await editor.palette("AutoGPT: Cancel Task");
    const cancelled = await editor.ended();
    assert.equal(cancelled.status, "cancelled");
    await page.locator(".statusbar-item", { hasText: "autogpt:" }).waitFor({ state: "detached" });
    assert.equal(editor.untouched(), before);
    await editor.shot("cancelled");

    await editor.reload();
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await editor.tree("Fix the failing tests").waitFor();
    await editor.shot("reloaded");

    const [server] = processesOf(editor.state).filter((pid) => commandOf(pid).includes("start.py"));
    process.kill(server, "SIGKILL");
    await editor.until("another server", () =>
      processesOf(editor.state).some((pid) => pid !== server && commandOf(pid).includes("start.py")),
    );
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

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
