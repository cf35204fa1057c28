// From failing tests to a reviewed and applied change, as a person goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Editor } from "./editor.mjs";

test("failing tests are fixed, reviewed, applied, kept and undone, and nothing changes before", async () => {
  const editor = await Editor.open();
  const { page } = editor;
  try {
    const before = editor.untouched();
    const text = editor.read("shop/catalogue.py");
    await editor.openFile("tests/test_catalogue.py");
    await page.locator(".editor-actions .action-label[aria-label*='Fix Failing Tests']").click();
    await editor.tree("Fix").waitFor();
    await editor.progress().first().waitFor();
    await editor.shot("running");
    const run = await editor.ended();
    assert.equal(run.status, "verified");
    assert.equal(editor.untouched(), before);
    assert.deepEqual(editor.branches(), [run.branch]);
    await editor.tree("pass now").waitFor();
    await editor.shot("ended");

    await editor.palette("AutoGPT: Review Changes");
    await page.locator(".multiDiffEntry").first().waitFor();
    await page.locator(".tab.active", { hasText: "AutoGPT" }).waitFor();
    await page.locator(".multiDiffEntry .char-insert, .multiDiffEntry .line-insert").first().waitFor();
    await editor.shot("review");
    assert.equal(editor.untouched(), before);

    await editor.file("shop/catalogue.py").click();
    await page.locator(".tab.active", { hasText: "(proposed)" }).waitFor();
    await editor.shot("file");
    await editor.palette("AutoGPT: Apply Changes");
    await page.locator(".statusbar-item", { hasText: "to review" }).waitFor({ state: "detached" });
    // Nothing of theirs was unsaved, so that what was applied is saved: tests and git see what was reviewed.
    await editor.until("the change in the file", () => editor.read("shop/catalogue.py") !== text);
    const proposed = editor.git("show", `${run.branch}:shop/catalogue.py`);
    assert.equal(editor.read("shop/catalogue.py"), proposed);
    assert.ok(before.includes(editor.git("rev-parse", "HEAD")));

    await page.keyboard.press("Control+Shift+G");
    await page.locator(".scm-view .monaco-list-row", { hasText: "keep or undo" }).waitFor();
    await editor.shot("applied");
    await page.keyboard.press("Control+Shift+E");
    const inExplorer = (name) => page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`).first();
    await editor.until("the file in the explorer", async () => {
      if (await inExplorer("catalogue.py").isVisible()) return true;
      await inExplorer("shop").click();
      return false;
    });
    await inExplorer("catalogue.py").dblclick();
    await page.locator(".tab.active", { hasText: /^catalogue\.py/ }).filter({ hasNotText: "(" }).waitFor();
    await editor.pressUntil("Control+End", page.locator(".dirty-diff-glyph").first());
    await editor.pressUntil("Alt+F3", page.locator(".peekview-widget select"));
    await editor.chooseProvider("AutoGPT");
    const undo = page.locator(".peekview-widget .action-label[aria-label^='Undo This Change']");
    await undo.waitFor();
    await editor.shot("keep-or-undo");
    await undo.click();
    await editor.until("the undone change", () => editor.read("shop/catalogue.py") === text);
    await page.keyboard.press("Control+Shift+G");
    await page.locator(".scm-view .monaco-list-row").first().waitFor();
    await page.locator(".scm-view .monaco-list-row", { hasText: "keep or undo" }).waitFor({ state: "detached" });
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-main");
    console.error(editor.logs());
    throw error;
  } finally {
    assert.deepEqual(await editor.close(), []);
  }
});
