// A folder that nobody trusted yet: nothing of it runs, and nothing is offered that would.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Editor } from "./editor.mjs";

test("in an untrusted folder no task is offered and none of its code runs", async () => {
  const trap = (project) =>
    writeFileSync(join(project, "conftest.py"), `open(${JSON.stringify(join(project, "..", "ran"))}, "w")\n`);
  const editor = await Editor.open({ trusted: false, prepare: trap });
  const { page } = editor;
  try {
    await editor.openFile("shop/text.py");
    await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await page.locator(".welcome-view-content", { hasText: "folders that you trust" }).waitFor();
    assert.equal(await editor.offers("AutoGPT: Implement Task"), false);
    assert.equal(await editor.offers("AutoGPT: Fix Failing Tests"), false);
    assert.equal(await editor.offers("AutoGPT: Show Log"), true);
    assert.equal(editor.exists("../ran"), false);
    await editor.shot("untrusted");
  } catch (error) {
    await editor.shot("failure-trust");
    console.error(editor.logs());
    throw error;
  } finally {
    assert.deepEqual(await editor.close(), []);
  }
});
