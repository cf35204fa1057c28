// A proposal taken in parts: a change, a file, what a later edit collides with; kept, undone, over a reload, taken back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Editor } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";
import { MENDED, PROJECT } from "./project.mjs";

test("changes are applied by hunk and by file, kept and undone, merged where they collide, and taken back", async () => {
  const endpoint = await Endpoint.open(MENDED);
  const editor = await Editor.open({ files: PROJECT, settings: endpoint.settings });
  const { page } = editor;
  try {
    const before = editor.untouched();
    await editor.openFile("shop/price.py");
    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.tree("Fix").waitFor();
    const run = await editor.ended();
    assert.equal(run.status, "verified");
    assert.equal(editor.untouched(), before);

    const changed = page.locator(".multiDiffEntry .line-insert, .multiDiffEntry .char-insert").first();
    await editor.clickUntil(page.locator(".statusbar-item", { hasText: "to review" }), changed);
    await editor.until("both files", async () => (await page.locator(".multiDiffEntry").count()) === 2);
    await editor.shot("proposal");

    // One change: the one that the cursor is in, from the button above the diff.
    await editor.clickUntil(editor.file("shop/price.py"), page.locator(".tab.active", { hasText: "(proposed)" }));
    await editor.cursorAt("result += price", 7);
    await page.locator(".editor-actions .action-label[aria-label*='Apply This Change']").click();
    await editor.until("the change on disk", () => editor.read("shop/price.py").includes("result += price"));
    assert.ok(editor.read("shop/price.py").includes("return price - percent\n"));
    await editor.tree("Partly applied").waitFor();
    await editor.shot("one-change");

    // One file, from its row; what is undecided of it goes along.
    await editor.file("shop/tax.py").hover();
    await editor.file("shop/tax.py").locator(".action-label[aria-label*='Apply Changes']").click();
    await editor.until("the file on disk", () => editor.read("shop/tax.py").includes("price + rate"));
    assert.ok(editor.read("shop/price.py").includes("return price - percent\n"));

    // What is undecided is still so after the window was reloaded, and seen before any code is. A reload between the write
    // and the editor's own note of it would bring the file back as unsaved, and undo leaves saving such files to the person.
    await page.locator(".activitybar [aria-label*='unsaved']").first().waitFor({ state: "detached" });
    const undecided = page.locator(".scm-view .monaco-list-row", { hasText: "keep or undo" });
    await editor.reload();
    await editor.pressUntil("Control+Shift+G", undecided);
    await editor.shot("after-reload");
    await editor.until("both files", async () => (await editor.undecided("tax.py")) && editor.undecided("price.py"));
    await editor.until("the changes beside the code", async () => {
      await editor.openFile("shop/price.py"); // what the window had open before comes back late, and on top of it
      return page.locator(".dirty-diff-glyph").first().waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    });
    await editor.cursorAt("What things cost", 1);
    await editor.pressUntil("Alt+F3", page.locator(".peekview-widget select"));
    await editor.chooseProvider("AutoGPT");
    const keep = page.locator(".peekview-widget .action-label[aria-label^='Keep This Change']");
    await keep.waitFor();
    await editor.shot("keep-after-reload");
    await keep.click();
    await editor.until("the other file alone", async () => !(await editor.undecided("price.py")));
    assert.ok(editor.read("shop/price.py").includes("result += price"));
    await editor.undoFile("tax.py", () => editor.read("shop/tax.py") === PROJECT["shop/tax.py"]);
    await undecided.waitFor({ state: "detached" });

    // The same lines changed meanwhile: theirs stay, the merge editor has both.
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await editor.palette("AutoGPT: Take Back Applied Changes");
    await editor.until("nothing applied", () => editor.read("shop/price.py") === PROJECT["shop/price.py"]);
    await editor.tree("Proved").waitFor();
    const mine = PROJECT["shop/tax.py"].replace("price - rate", "price - rate - 1");
    editor.write("shop/tax.py", mine);
    await editor.palette("AutoGPT: Apply Changes");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "return price + rate" }).waitFor();
    await editor.shot("which-changes");
    await page.keyboard.press("Enter");
    await page.locator(".merge-editor").waitFor();
    const accept = page.locator(".merge-editor a", { hasText: "Accept Proposed" });
    await accept.waitFor();
    await editor.until("the rest on disk", () => editor.read("shop/price.py").includes("// 100"));
    assert.equal(editor.read("shop/tax.py"), mine);
    await editor.shot("merge");
    await accept.click();
    await page.keyboard.press("Control+S");
    await editor.until("the merged file", () => editor.read("shop/tax.py").includes("price + rate"));
    await page.locator(".statusbar-item", { hasText: "to review" }).waitFor({ state: "detached" });
    assert.ok(before.includes(editor.git("rev-parse", "HEAD")));
    assert.deepEqual(editor.branches(), [run.branch]);
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
    assert.equal(endpoint.left, 0);
  } catch (error) {
    await editor.shot("failure-review");
    console.error(editor.logs());
    throw error;
  } finally {
    endpoint.close();
    assert.deepEqual(await editor.close(), []);
  }
});
