// A real VS Code in a browser, with the extension installed from its .vsix, on a repository of its own; nothing is left.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const here = import.meta.dirname;
const root = resolve(here, "../../..");
const entry = join(here, "node_modules/code-server/out/node/entry.js");
const vsix = process.env.AUTOGPT_VSIX ?? join(root, "clients/vscode/autogpt-lsp.vsix");
const python = process.env.AUTOGPT_TEST_PYTHON ?? join(root, ".venv/bin/python");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const screenshots = join(root, "tests/e2e/screenshots");
const PATIENCE = Number(process.env.AUTOGPT_E2E_PATIENCE ?? 150_000);

export class Editor {
  /** `settings` beside the usual ones, `trusted: false` for a folder that asks for trust first. */
  static async open({ settings = {}, trusted = true, prepare } = {}) {
    const editor = new Editor();
    try {
      await editor.#start(settings, trusted, prepare);
    } catch (error) {
      await editor.close();
      throw error;
    }
    return editor;
  }

  async #start(settings, trusted, prepare) {
    this.folder = mkdtempSync(join(tmpdir(), "autogpt-vscode-"));
    this.project = join(this.folder, "shop");
    this.home = join(this.folder, "home");
    this.state = join(this.folder, "state");
    const data = join(this.folder, "data");
    for (const path of [this.home, this.state, join(data, "User")]) mkdirSync(path, { recursive: true });
    cpSync(join(root, "examples/shop"), this.project, { recursive: true, filter: (path) => !/__pycache__|\.pytest_cache/.test(path) });
    prepare?.(this.project);
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("add", "--all");
    this.git("-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "A shop");
    const usual = {
      "autogpt.server.worker": python,
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
    writeFileSync(join(data, "User/settings.json"), JSON.stringify({ ...usual, ...settings }));
    this.env = { PATH: process.env.PATH, LANG: "C.UTF-8", HOME: this.home, AUTOGPT_STATE_HOME: this.state };
    const places = ["--user-data-dir", data, "--extensions-dir", join(this.folder, "extensions")];
    execFileSync(process.execPath, [entry, ...places, "--install-extension", vsix], { env: this.env, stdio: "pipe" });
    const flags = ["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
    if (trusted) flags.push("--disable-workspace-trust");
    this.server = spawn(process.execPath, [entry, ...places, ...flags], { env: this.env, detached: true, stdio: "pipe" });
    this.address = await listening(this.server);
    this.browser = await chromium.launch({
      executablePath: browserPath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
      env: { ...process.env, HOME: this.home },
    });
    this.page = await this.browser.newPage({ viewport: { width: 1400, height: 860 } });
    this.page.setDefaultTimeout(PATIENCE);
    await this.#load();
  }

  async #load() {
    await this.page.goto(`${this.address}?folder=${encodeURIComponent(this.project)}`);
    await this.page.waitForSelector(".monaco-workbench .part.statusbar");
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
  runs() {
    const answer = execFileSync(python, ["-m", "autogpt", "runs", "--json", "--workspace", this.project], {
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

  async palette(title) {
    await this.page.keyboard.press("F1");
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    const input = this.page.locator(".quick-input-widget input.input").first();
    await input.waitFor({ state: "visible" });
    await input.fill(`>${title}`);
    await row.waitFor();
    await row.click();
  }

  /** Whether the palette offers a command now. */
  async offers(title) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input.input").first();
    await input.waitFor({ state: "visible" });
    await input.fill(`>${title}`);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    await this.page.keyboard.press("Escape");
    return texts.some((text) => text.includes(title));
  }

  async openFile(path) {
    await this.page.keyboard.press("Control+P");
    await this.quickInput(path, { row: path.split("/").at(-1) });
    await this.page.locator(".tab.active", { hasText: path.split("/").at(-1) }).filter({ hasNotText: "(" }).waitFor();
  }

  tree(text) {
    return this.page.locator(".pane-body .monaco-list-row", { hasText: text }).first();
  }

  async until(what, check) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const value = await check();
      if (value) return value;
      if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`);
      await new Promise((done) => setTimeout(done, 150));
    }
  }

  /** The end of the newest run as its row says it, then as its journal has it. */
  async ended() {
    const row = this.page.locator(".pane-body .monaco-list-row[aria-level='1']").first();
    const word = /Proved by tests|Not proved|Not solved|Cancelled|error|Interrupted/;
    await this.until("the end of the run", async () => word.test(await row.innerText()));
    return this.runs()[0];
  }

  async shot(name) {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `vscode-${name}.png`) });
  }

  /** What the extension and the server wrote, for a failure to be understood. */
  logs() {
    const found = [];
    const walk = (folder) => {
      for (const one of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
        const path = join(folder, one.name);
        if (one.isDirectory()) walk(path);
        else if (/AutoGPT.*\.log$|server\.log$|remoteexthost\.log$/.test(one.name)) found.push(`== ${one.name}\n${readFileSync(path, "utf8").slice(-4000)}`);
      }
    };
    walk(join(this.folder, "data/logs"));
    walk(this.state);
    return found.join("\n");
  }

  async close() {
    await this.browser?.close().catch(() => undefined);
    if (this.server?.pid) {
      // Closing the page leaves the extension host alive: the whole group goes, and the server then ends by itself.
      const gone = new Promise((done) => this.server.once("exit", done));
      try {
        process.kill(-this.server.pid, "SIGTERM");
      } catch {}
      const late = setTimeout(() => {
        try {
          process.kill(-this.server.pid, "SIGKILL");
        } catch {}
      }, 5000);
      if (this.server.exitCode === null && this.server.signalCode === null) await gone;
      clearTimeout(late);
    }
    // Server and worker end by themselves once the editor is gone; whoever has not done so after this has been left behind.
    const end = Date.now() + 15_000;
    while (processesOf(this.state).length > 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 100));
    const left = processesOf(this.state);
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {}
    }
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

/** Processes that were started with this state folder in their environment. */
export function processesOf(state) {
  const found = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${name}/environ`, "utf8").includes(`AUTOGPT_STATE_HOME=${state}`)) found.push(Number(name));
    } catch {}
  }
  return found;
}
