// Round after round: a word to a task at work, comments on lines taken along, and work that is gone on with after a crash
// of the server and a reload of the window.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Editor } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";
import { kill, running } from "./processes.mjs";
import { MENDED, PROJECT, REFINED } from "./project.mjs";

const HALF = MENDED.replace("price - price * percent // 100", "price - percent // 100");
const WHOLE = `\`\`\`edit replace shop/price.py
<<<<<<< SEARCH
    return price - percent // 100
=======
    return price - price * percent // 100
>>>>>>> REPLACE
\`\`\`
Summary: Take the percents of the price
`;

test("a task hears a word, is commented on, and goes on after the server was killed and the window reloaded", async () => {
  const endpoint = await Endpoint.open(HALF, WHOLE, REFINED);
  const light = { "workbench.colorTheme": "Default Light Modern" };
  const editor = await Editor.open({ files: PROJECT, settings: { ...endpoint.settings, ...light } });
  const { page } = editor;
  try {
    const before = editor.untouched();
    await editor.openFile("shop/price.py");
    endpoint.hold();
    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.tree("Fix").waitFor();
    await editor.until("the first question", () => endpoint.asked.length === 1);
    await editor.palette("AutoGPT: Tell the Running Task");
    await editor.quickInput("Percents are of the price.", { enter: false });
    await editor.shot("steer");
    await page.keyboard.press("Enter");
    await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
    endpoint.release();
    await editor.until("the second question", () => endpoint.asked.length === 2);
    assert.ok(endpoint.asked[1].text.includes("Percents are of the price."));
    const first = await editor.ended();
    assert.equal(first.status, "verified");

    const proposed = page.locator(".tab.active", { hasText: "(proposed)" });
    await editor.clickUntil(editor.file("shop/tax.py"), proposed);
    await editor.cursorAt("price + rate", 5);
    await editor.palette("Comments: Add Comment on Current Selection");
    const box = page.locator(".review-widget .monaco-editor").first();
    await box.waitFor();
    await page.keyboard.type("The rate is a percentage.");
    await page.locator(".review-widget .monaco-button", { hasText: "Add Comment" }).click();
    const comment = page.locator(".review-widget .comment-body", { hasText: "a percentage" });
    await comment.waitFor();
    await editor.shot("comment");

    // What was not sent yet outlasts a reload, and stands at its line when the proposal is opened again.
    await editor.reload();
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await editor.file("shop/tax.py").waitFor();
    await editor.clickUntil(editor.file("shop/tax.py"), proposed);
    await comment.waitFor();
    await editor.until("the tests beside the change", async () => {
      await page.mouse.move(0, 0);
      await page.locator(".view-line", { hasText: "price + rate" }).first().hover();
      return editor.appears(page.locator(".monaco-hover", { hasText: "1 test needs this" }));
    });
    await editor.shot("comment-after-reload");

    endpoint.hold();
    await editor.palette("AutoGPT: Ask for Another Round");
    await page.locator(".quick-input-message", { hasText: "Your comment goes along" }).waitFor();
    await editor.shot("another-round");
    await editor.quickInput("And keep it short.");
    await editor.until("the third question", () => endpoint.asked.length === 3);
    assert.ok(endpoint.asked[2].text.includes("The rate is a percentage."));
    assert.ok(endpoint.asked[2].text.includes("And keep it short."));

    // The server dies in the middle of it. Another one comes up, lists the run, and goes on with it.
    const [server] = running(editor.state, "start.py");
    kill(server);
    await editor.until("another server", () => running(editor.state, "start.py").some((pid) => pid !== server));
    await editor.tree("Interrupted").waitFor();
    await editor.shot("interrupted");
    await page.locator(".notification-toast", { hasText: "Resume" }).locator(".monaco-button", { hasText: "Resume" }).click();
    await editor.until("the question once more", () => endpoint.asked.length === 4);
    await editor.progress().first().waitFor();

    // So it is after the window was reloaded.
    await editor.reload();
    await page.locator(".activitybar .action-label[aria-label^='AutoGPT']").first().click({ force: true });
    await editor.tree("Interrupted").waitFor();
    assert.equal(await editor.progress().count(), 0);
    await editor.palette("AutoGPT: Resume Task");
    await editor.until("the question a third time", () => endpoint.asked.length === 5);
    endpoint.release();
    const second = await editor.ended();
    assert.equal(second.status, "verified");
    assert.equal(editor.git("show", `${second.branch}:shop/tax.py`).includes("price * rate // 100"), true);
    assert.equal(editor.untouched(), before);
    assert.equal(endpoint.left, 0);
    await editor.shot("second-round");
    assert.equal(await comment.count(), 0);
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-rounds");
    console.error(editor.logs());
    throw error;
  } finally {
    endpoint.close();
    assert.deepEqual(await editor.close(), []);
  }
});
