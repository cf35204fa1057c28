// Which model works: chosen from the palette, with a key that no settings file holds; and what is wrong with settings.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Editor } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";
import { MENDED, PROJECT } from "./project.mjs";

test("a model at an endpoint is chosen and asked with its key; the doctor reports; wrong settings are told", async () => {
  const endpoint = await Endpoint.open(MENDED);
  const editor = await Editor.open({ files: PROJECT });
  const { page } = editor;
  // What holds for the machine alone, such as where code is sent, has a file of its own where VS Code runs remotely.
  // VS Code empties the file before it writes it.
  const settings = (place = "User") => JSON.parse(readFileSync(join(editor.folder, `data/${place}/settings.json`), "utf8") || "{}");
  try {
    await editor.openFile("shop/price.py");
    await editor.palette("AutoGPT: Choose Model");
    const endpointRow = page.locator(".quick-input-list .monaco-list-row", { hasText: "A model at an endpoint" });
    await endpointRow.waitFor();
    await editor.shot("models");
    await endpointRow.click();
    await editor.asked("base address");
    await editor.quickInput("ftp://nowhere", { enter: false });
    await page.locator(".quick-input-message", { hasText: "begins with http" }).waitFor();
    await editor.quickInput(endpoint.url);
    await editor.asked("name there");
    await editor.quickInput("tea-large");
    await editor.asked("key");
    await editor.shot("model-key");
    await editor.quickInput("secret-of-the-tea");
    await editor.until("the settings", () => settings()["autogpt.model"] === "tea-large");
    await editor.until("the address", () => settings("Machine")["autogpt.endpoint"] === endpoint.url);
    assert.ok(!JSON.stringify([settings(), settings("Machine")]).includes("secret-of-the-tea"));

    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.tree("Fix").waitFor();
    const run = await editor.ended();
    assert.equal(run.status, "verified");
    assert.equal(run.model, "tea-large");
    assert.equal(endpoint.asked[0].key, "Bearer secret-of-the-tea");
    assert.ok(!editor.logs().includes("secret-of-the-tea"));

    // What the endpoint has is offered from now on, and the key can be forgotten.
    await editor.palette("AutoGPT: Choose Model");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "tea-small" }).waitFor();
    await editor.shot("models-of-endpoint");
    await editor.quickInput("Forget", { row: "Forget the stored key" });

    await editor.palette("AutoGPT: Check the Set-Up");
    await page.locator(".tab.active", { hasText: "AutoGPT set-up" }).waitFor();
    await page.locator(".view-line", { hasText: "✓" }).first().waitFor();
    await editor.shot("doctor");

    editor.settings({ ...settings(), "autogpt.maxIterations": "many", "autogpt.server.command": 5 });
    const told = (text) => page.locator(".notification-list-item", { hasText: text }).first();
    await told("autogpt.server.command").waitFor();
    await page.keyboard.press("Escape");
    await editor.palette("Notifications: Show Notifications");
    await told("maxIterations").waitFor();
    await editor.shot("wrong-settings");
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-models");
    console.error(editor.logs());
    throw error;
  } finally {
    endpoint.close();
    assert.deepEqual(await editor.close(), []);
  }
});
