// A real VS Code in a browser, with the extension installed from its .vsix, on a repository of its own; nothing is left.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { evidence } from "./evidence.mjs";
import { patience } from "./patience.mjs";
import { kill, processesOf } from "./processes.mjs";

const here = import.meta.dirname;
const root = resolve(here, "../../..");
const entry = join(here, "node_modules/code-server/out/node/entry.js");
const vsix = process.env.AUTOGPT_VSIX ?? join(root, "clients/vscode/autogpt-lsp.vsix");
export const python = process.env.AUTOGPT_TEST_PYTHON ?? join(root, ".venv/bin/python");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const screenshots = join(root, "tests/e2e/screenshots");
/** Of the screenshots, those that the pages for users show; taken anew when PICTURES is set. */
const pictures = join(root, "clients/vscode/media/pictures");
const PICTURES = { ended: "ended", proposal: "review", "keep-after-reload": "keep-or-undo", merge: "merge", comment: "comment" };

export class Editor {
  /**
   * `settings` beside the usual ones; `trusted: false` for a folder that asks for trust first; `files` for another project
   * than the sample one; `prepare(project, folder)` before the first commit; `git: false` for a folder without it; `env`
   * beside the usual variables; `path` for a folder, beside the project, that is all of the PATH; `place(editor)` for what
   * to open other than the folder of the project.
   */
  static async open(options = {}) {
    const editor = new Editor();
    try {
      await editor.#start({ settings: {}, trusted: true, git: true, env: {}, ...options });
    } catch (error) {
      await editor.close();
      throw error;
    }
    return editor;
  }

  async #start({ settings, trusted, files, prepare, git, env, path, place }) {
    this.folder = mkdtempSync(join(tmpdir(), "autogpt-vscode-"));
    this.project = join(this.folder, "shop");
    this.home = join(this.folder, "home");
    this.state = join(this.folder, "state");
    const data = join(this.folder, "data");
    for (const path of [this.home, this.state, join(data, "User"), join(data, "Machine")]) mkdirSync(path, { recursive: true });
    if (files) this.lay(files);
    else cpSync(join(root, "examples/shop"), this.project, { recursive: true, filter: (path) => !/__pycache__|\.pytest_cache/.test(path) });
    prepare?.(this.project, this.folder);
    if (git) this.commit(this.project);
    this.usual = {
      "autogpt.server.worker": python,
      // The limits are for people, who wait; a machine that is busy with other things may take longer.
      "autogpt.testTimeout": 1800,
      "autogpt.maxSeconds": 3600,
      "security.workspace.trust.enabled": !trusted,
      "security.workspace.trust.startupPrompt": "never",
      "workbench.startupEditor": "none",
      "workbench.tips.enabled": false,
      "workbench.colorTheme": "Default Dark Modern",
      "files.autoSave": "off",
      "window.commandCenter": false,
      "git.openRepositoryInParentFolders": "never",
      "extensions.ignoreRecommendations": true,
      "telemetry.telemetryLevel": "off",
    };
    this.settings(settings);
    // Without the second of these the editor takes the PATH of a login shell.
    const found = path ? { PATH: join(this.folder, path), VSCODE_CLI: "1" } : { PATH: process.env.PATH };
    this.env = { ...found, LANG: "C.UTF-8", HOME: this.home, AUTOGPT_STATE_HOME: this.state, ...env };
    const extensions = join(this.folder, "extensions");
    const places = ["--user-data-dir", data, "--extensions-dir", extensions];
    if (process.env.AUTOGPT_EXTENSIONS) cpSync(process.env.AUTOGPT_EXTENSIONS, extensions, { recursive: true });
    else execFileSync(process.execPath, [entry, ...places, "--install-extension", vsix], { env: this.env, stdio: "pipe" });
    const flags = ["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
    if (trusted) flags.push("--disable-workspace-trust");
    await this.#serve([entry, ...places, ...flags]);
    this.browser = await chromium.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
      env: { ...process.env, HOME: this.home },
      timeout: patience.long,
    });
    this.page = await this.browser.newPage({ viewport: { width: 1400, height: 860 } });
    patience.follow(this.page);
    // Leaving with unsaved text is asked about; the editor keeps that text over a reload.
    this.page.on("dialog", (dialog) => void dialog.accept().catch(() => undefined));
    this.place = place ? place(this) : `?folder=${encodeURIComponent(this.project)}`;
    await this.#load();
  }

  /** code-server gives its own child ten seconds to say hello, which a machine under load may miss. */
  async #serve(words) {
    let last;
    this.address = await this.until("code-server", async () => {
      this.server = spawn(process.execPath, words, { env: this.env, detached: true, stdio: "pipe" });
      try {
        return await listening(this.server);
      } catch (error) {
        if (error.message !== last) console.error(error);
        last = error.message;
        kill(-this.server.pid);
        return undefined;
      }
    });
  }

  async #load() {
    await this.page.goto(`${this.address}${this.place}`);
    await this.page.waitForSelector(".monaco-workbench .part.statusbar");
  }

  /**
   * The person's settings, on disk as they would edit them: the usual ones and these. Ours stand in the file of the remote
   * machine, the only one that is watched, and the only one where settings of a machine count once it is there.
   */
  settings(values) {
    this.set = { ...this.set, ...values };
    const all = Object.entries({ ...this.usual, ...this.set });
    const isOurs = ([name]) => name.startsWith("autogpt.");
    const write = (place, some) =>
      writeFileSync(join(this.folder, `data/${place}/settings.json`), JSON.stringify(Object.fromEntries(some)));
    write("Machine", all.filter(isOurs));
    write("User", all.filter((one) => !isOurs(one)));
  }

  /** Files below a folder, which is that of the project if nothing is said. */
  lay(files, folder = this.project) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }

  /** A repository of what lies in a folder. */
  commit(folder) {
    const git = (...args) => execFileSync("git", args, { cwd: folder, env: { ...process.env, HOME: this.home } });
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    git("-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "A shop");
  }

  /** Another window in place of this one. */
  visit(place) {
    this.place = place;
    return this.#load();
  }

  /** As the person's "Reload Window". */
  reload() {
    return this.#load();
  }

  git(...args) {
    return execFileSync("git", args, { cwd: this.project, encoding: "utf8", env: { ...process.env, HOME: this.home } });
  }

  read(path) {
    return readFileSync(join(this.project, path), "utf8");
  }

  exists(path) {
    return existsSync(join(this.project, path));
  }

  write(path, text) {
    writeFileSync(join(this.project, path), text);
  }

  /** Everything that the person's own repository is: nothing of it may move before apply. */
  untouched() {
    return [this.git("status", "--porcelain"), this.git("rev-parse", "HEAD"), this.git("symbolic-ref", "HEAD")].join("");
  }

  branches() {
    return this.git("for-each-ref", "--format=%(refname:short)", "refs/heads/autogpt").split("\n").filter(Boolean);
  }

  /** What every run of this workspace came to, read from the journals rather than from the page. */
  runs(folder = this.project) {
    const answer = execFileSync(python, ["-m", "autogpt", "runs", "--json", "--workspace", folder], {
      encoding: "utf8",
      env: this.env,
      cwd: this.folder,
    });
    return JSON.parse(answer).runs;
  }

  async quickInput(text, { enter = true, row } = {}) {
    const input = this.page.locator(".quick-input-widget input.input").first();
    await input.waitFor({ state: "visible" });
    await input.fill(text);
    if (row) await this.page.locator(".quick-input-list .monaco-list-row", { hasText: row }).first().waitFor();
    if (enter) await this.page.keyboard.press("Enter");
  }

  /** A box of the extension with this in its question: what is typed before it is there would go into another one. */
  async asked(text) {
    await this.page.locator(".quick-input-message", { hasText: text }).waitFor();
  }

  /**
   * A command from the palette. An open palette does not learn of commands that become possible, and it closes when an
   * editor that is still being opened takes the focus: it is opened anew until it has this one and took the click.
   */
  async palette(title) {
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await this.until(`the command ${title}`, async () => {
      if (await this.#inQuickOpen("F1", `>${title}`, row, (limit) => row.click(limit))) return true;
      await this.page.keyboard.press("Escape");
      return false;
    });
  }

  /** Whether the palette offers a command now. */
  async offers(title) {
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    let texts = [];
    // Until the list has taken in what was typed, and stands still.
    const read = async () => {
      let last;
      do {
        last = texts;
        await this.page.waitForTimeout(200);
        texts = await rows.allInnerTexts();
      } while (String(texts) !== String(last));
    };
    await this.until("the palette", () => this.#inQuickOpen("F1", `>${title}`, rows.first(), read));
    await this.page.keyboard.press("Escape");
    return texts.some((text) => text.includes(title));
  }

  async openFile(path) {
    const name = path.split("/").at(-1);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first();
    await this.until(`the file ${path}`, () => this.#inQuickOpen("Control+P", path, row, (limit) => row.click(limit)));
    await this.page.locator(".tab.active", { hasText: name }).filter({ hasNotText: "(" }).waitFor();
  }

  /** False when the box at the top was not there to the end: keys before the workbench is ready are lost, and so on. */
  async #inQuickOpen(key, text, row, work) {
    const limit = { timeout: patience.short };
    try {
      await this.page.keyboard.press(key);
      const input = this.page.locator(".quick-input-widget input.input").first();
      await input.waitFor({ state: "visible", ...limit });
      await input.fill(text, limit);
      await row.waitFor(limit);
      await work(limit);
      return true;
    } catch (error) {
      if (error.name !== "TimeoutError") throw error;
      return false;
    }
  }

  /** Presses a key until something is there: the editor may still be about to learn of what the key is for. */
  pressUntil(key, locator) {
    return this.#repeat(`${key} to do something`, () => this.page.keyboard.press(key), locator);
  }

  /** Clicks until something is there. A list that is drawn anew under the mouse swallows a click: it must do no harm twice. */
  clickUntil(target, locator) {
    return this.#repeat("a click to do something", () => target.click({ timeout: patience.short }).catch(() => undefined), locator);
  }

  /** Whether something is there soon. */
  appears(locator) {
    return locator.waitFor({ timeout: patience.short }).then(
      () => true,
      () => false,
    );
  }

  async #repeat(what, work, locator) {
    await this.until(what, async () => {
      await work();
      return this.appears(locator);
    });
  }

  /** Puts the cursor into the line with this text, which has this number: a click that comes before the layout misses it. */
  async cursorAt(text, number) {
    const line = this.page.locator(".view-line", { hasText: text }).first();
    await this.clickUntil(line, this.page.locator(".statusbar-item", { hasText: `Ln ${number},` }));
  }

  /** In a git repository two providers know a change; the peek's own menu picks one. */
  async chooseProvider(name) {
    const providers = this.page.locator(".peekview-widget select");
    const names = await providers.locator("option").allInnerTexts();
    await providers.selectOption({ index: names.findIndex((one) => one.includes(name)) });
  }

  /** The row of a file below "keep or undo" in the source-control view: the lower one, git's own stands above. */
  async undecided(name) {
    const rows = this.page.locator(".scm-view .monaco-list-row", { hasText: name });
    const places = await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.index)));
    const last = Math.max(...places);
    const head = this.page.locator(".scm-view .monaco-list-row", { hasText: "keep or undo" });
    const from = Number((await head.count()) ? await head.getAttribute("data-index") : Number.MAX_SAFE_INTEGER);
    // By its name as well as by its place: the list is drawn anew after each step, and another file may stand there then.
    return last > from ? this.page.locator(`.scm-view .monaco-list-row[data-index="${last}"]`, { hasText: name }) : undefined;
  }

  /** Press Undo beside a file below "keep or undo", again if the list changed under the mouse, until `done()` is true. */
  async undoFile(name, done) {
    await this.until(`${name} to be as before`, async () => {
      if (done()) return true;
      const row = await this.undecided(name);
      try {
        await row?.hover({ timeout: patience.short });
        await row?.locator(".action-label[aria-label^='Undo']").click({ timeout: patience.short });
      } catch {
        // Drawn anew between the look and the press: looked for again.
      }
      return done();
    });
  }

  /** The progress of a run in the status bar; our own item there is written AutoGPT. */
  progress() {
    return this.page.locator(".statusbar-item", { hasText: /\bautogpt: / });
  }

  tree(text) {
    return this.page.locator(".pane-body .monaco-list-row", { hasText: text }).first();
  }

  /** A file of a proposal in the view of tasks: its name comes first there, then what changes, then its folder. */
  file(path) {
    const name = path.split("/").at(-1).replaceAll(".", "\\.");
    return this.page.locator(".pane-body .monaco-list-row", { hasText: new RegExp(`^\\s*${name}\\+`) }).first();
  }

  until(what, check, limit) {
    return patience.until(what, check, limit);
  }

  /** The end of the newest run as its row says it, then as its journal has it. */
  async ended(folder = this.project) {
    const row = this.page.locator(".pane-body .monaco-list-row[aria-level='1']").first();
    const word = /Proved|Not proved|Not solved|Cancelled|Error|Interrupted/;
    await this.until("the end of the run", async () => word.test(await row.innerText()));
    return this.runs(folder)[0];
  }

  async shot(name) {
    mkdirSync(screenshots, { recursive: true });
    const path = join(screenshots, `vscode-${name}.png`);
    await this.page.screenshot({ path });
    if (process.env.PICTURES && PICTURES[name]) cpSync(path, join(pictures, `${PICTURES[name]}.png`));
  }

  /** What there is to understand a failure. */
  logs() {
    return evidence(this.server?.pid, this.state, join(this.folder, "data"));
  }

  async close() {
    await this.browser?.close().catch(() => undefined);
    if (this.server?.pid) {
      // Closing the page leaves the extension host alive: the whole group goes, and the server then ends by itself.
      const gone = new Promise((done) => this.server.once("exit", done));
      kill(-this.server.pid, "SIGTERM");
      const late = setTimeout(() => kill(-this.server.pid), 5000);
      if (this.server.exitCode === null && this.server.signalCode === null) await gone;
      clearTimeout(late);
    }
    // Server and worker end by themselves once the editor is gone; whoever has not done so after this has been left behind.
    await this.until("the end", () => processesOf(this.state).length === 0, 15_000).catch(() => undefined);
    const left = processesOf(this.state);
    for (const pid of left) kill(pid);
    if (this.folder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    return left;
  }
}

function listening(server) {
  return new Promise((done, failed) => {
    let text = "";
    const hear = (data) => {
      text += data;
      const match = /listening on (http:\/\/[\d.]+:\d+\/)/i.exec(text);
      if (match) done(match[1]);
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.once("exit", (code) => failed(new Error(`code-server ended with ${code}: ${text}`)));
  });
}
