// A proposal that makes, removes and renames files: looked at, applied, undone file by file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Editor } from "./editor.mjs";
import { Endpoint } from "./endpoint.mjs";
import { PROJECT } from "./project.mjs";

const FILES = {
  ...PROJECT,
  "shop/price.py": '"""What things cost."""\n\n\ndef total(prices):\n    return sum(prices)\n',
  "shop/old_tax.py": '"""What the state gets."""\n\n\ndef with_tax(price, rate):\n    """Price and tax together."""\n    return price + rate\n',
  "shop/unused.py": '"""Nobody needs this."""\n\nNOTHING = None\n',
  "tests/test_shop.py": `from pathlib import Path

from shop.price import total


def test_total():
    assert total([1, 2, 3]) == 6


def test_tax_has_its_place():
    from shop.tax import with_tax

    assert with_tax(100, 7) == 107


def test_tea_has_a_price():
    from shop.tea import PRICE

    assert PRICE == 3


def test_nothing_is_left_lying():
    assert not Path(__file__).parents[1].joinpath("shop/unused.py").exists()
`,
};
delete FILES["shop/tax.py"];

const ANSWER = `\`\`\`edit rename shop/old_tax.py -> shop/tax.py
\`\`\`
\`\`\`edit file shop/tea.py
PRICE = 3
\`\`\`
\`\`\`edit delete shop/unused.py
\`\`\`
Summary: Put every file in its place
`;

test("files of a proposal are made, removed and renamed on apply, and each is put back by undo", async () => {
  const endpoint = await Endpoint.open(ANSWER);
  const editor = await Editor.open({ files: FILES, settings: endpoint.settings });
  const { page } = editor;
  try {
    const before = editor.untouched();
    await editor.openFile("shop/price.py");
    await editor.palette("AutoGPT: Fix Failing Tests");
    await editor.tree("Fix").waitFor();
    const run = await editor.ended();
    assert.equal(run.status, "verified");
    assert.equal(editor.untouched(), before);

    await editor.clickUntil(
      page.locator(".statusbar-item", { hasText: "to review" }),
      page.locator(".multiDiffEntry .line-insert, .multiDiffEntry .char-insert").first(),
    );
    await editor.shot("review-of-files");
    const proposed = page.locator(".tab.active", { hasText: "(proposed)" });
    for (const name of ["shop/unused.py", "shop/tea.py"]) {
      await editor.clickUntil(editor.file(name), proposed.filter({ hasText: name.slice(5) }));
    }
    await editor.palette("AutoGPT: Apply Changes");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "PRICE = 3" }).waitFor();
    await editor.shot("which-files");
    await page.keyboard.press("Enter");
    const text = (path) => (editor.exists(path) ? editor.read(path) : undefined);
    await editor.until("the new file", () => text("shop/tea.py") === "PRICE = 3\n");
    await editor.until("the new name", () => text("shop/tax.py") === FILES["shop/old_tax.py"]);
    await editor.until("the others to go", () => !editor.exists("shop/unused.py") && !editor.exists("shop/old_tax.py"));
    await editor.tree("Applied").waitFor();

    const undecided = page.locator(".scm-view .monaco-list-row", { hasText: "keep or undo" });
    await editor.pressUntil("Control+Shift+G", undecided);
    await editor.until("all four", async () => (await editor.undecided("unused.py")) && (await editor.undecided("tea.py")) && (await editor.undecided("old_tax.py")));
    // One that is gone is shown against nothing rather than as an error.
    await (await editor.undecided("unused.py")).click();
    await page.locator(".tab.active", { hasText: "unused.py (applied)" }).waitFor();
    await page.locator(".view-line", { hasText: "NOTHING = None" }).first().waitFor();
    await editor.shot("removed-file");
    await editor.undoFile("unused.py", () => text("shop/unused.py") === FILES["shop/unused.py"]);
    await editor.undoFile("tea.py", () => !editor.exists("shop/tea.py"));
    await editor.undoFile("old_tax.py", () => text("shop/old_tax.py") === FILES["shop/old_tax.py"]);
    await editor.undoFile("tax.py", () => !editor.exists("shop/tax.py"));
    await undecided.waitFor({ state: "detached" });
    assert.equal(editor.untouched(), before);
    assert.equal(await page.locator(".monaco-dialog-box").count(), 0);
  } catch (error) {
    await editor.shot("failure-files");
    console.error(editor.logs());
    throw error;
  } finally {
    endpoint.close();
    assert.deepEqual(await editor.close(), []);
  }
});
