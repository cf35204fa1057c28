// Folders of every kind: several at once, one without git, one without tests, a file outside of all, and none at all.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Editor } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";
import { MENDED, PROJECT } from "./project.mjs";

test("each folder is worked on by itself, also without git; without tests, outside and without a folder it is said", async () => {
  const endpoint = await Endpoint.open(MENDED);
  const prepare = (project, folder) => {
    mkdirSync(join(folder, "notes"));
    writeFileSync(join(folder, "notes/notes.py"), "LINES = []\n");
    writeFileSync(join(folder, "outside.py"), "def elsewhere():\n    pass\n");
    const folders = [{ path: "shop" }, { path: "notes" }];
    writeFileSync(join(folder, "all.code-workspace"), JSON.stringify({ folders }));
  };
  const place = ({ folder }) => `?workspace=${encodeURIComponent(join(folder, "all.code-workspace"))}`;
  const editor = await Editor.open({ files: PROJECT, git: false, prepare, place, settings: endpoint.settings });
  const { page } = editor;
  const notice = (text) => page.locator(".notification-toast", { hasText: text }).first();
  try {
    await editor.openFile("shop/price.py");
    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.quickInput("notes", { row: "notes" });
    await editor.tree("Fix").waitFor();
    const nothing = await editor.ended(join(editor.folder, "notes"));
    assert.notEqual(nothing.status, "verified");
    await notice("Fix the failing tests").waitFor();
    await editor.shot("no-tests");
    await page.keyboard.press("Escape");

    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.quickInput("shop", { row: "shop" });
    await editor.tree("Proved").waitFor();
    const [run] = editor.runs();
    assert.equal(run.status, "verified");
    assert.equal(editor.exists(".git"), false);
    await editor.palette("AutoGPT: Apply Changes");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "price + rate" }).waitFor();
    await page.keyboard.press("Enter");
    await editor.until("the files", () => editor.read("shop/tax.py").includes("price + rate") && editor.read("shop/price.py").includes("// 100"));
    assert.equal(editor.exists(".git"), false);
    await editor.tree("Applied").waitFor();
    await editor.shot("several-folders");

    await editor.openFile(join(editor.folder, "outside.py"));
    await page.locator(".view-line", { hasText: "elsewhere" }).first().click();
    await page.keyboard.press("Control+A");
    await editor.palette("AutoGPT: Implement Task");
    await notice("in no folder that is open").waitFor();
    await editor.shot("outside");

    await editor.visit("?ew=true");
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await page.locator(".welcome-view-content", { hasText: "Open a folder" }).waitFor();
    assert.equal(await editor.offers("AutoGPT: Implement Task"), false);
    assert.equal(await editor.offers("AutoGPT: Show Log"), true);
    await editor.shot("no-folder");
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-folders");
    console.error(editor.logs());
    throw error;
  } finally {
    endpoint.close();
    assert.deepEqual(await editor.close(), []);
  }
});
