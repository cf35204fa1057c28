/** Manifest and source name the same things: a command, key, setting or string known to one side only is a dead button. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const read = (path: string) => readFileSync(path, "utf8");
const manifest = JSON.parse(read("package.json"));
const strings = JSON.parse(read("package.nls.json"));
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => read(join("src", name)))
  .join("\n");
const commands: { command: string }[] = manifest.contributes.commands;
const contributed = commands.map(({ command }) => command).sort();
const menus: [string, { command: string; when: string }[]][] = Object.entries(manifest.contributes.menus);

test("every command of the contract is contributed", () => {
  const contract =
    "implementTask fixFailingTests reviewChanges applyChanges discardChanges cancelRun resumeRun refineRun steerRun selectModel showLog doctor";
  for (const name of contract.split(" ")) assert.ok(contributed.includes(`autogpt.${name}`), name);
});

test("contributed and registered commands are the same", () => {
  const registered = [...sources.matchAll(/^ {4}"(autogpt\.\w+)": (?:async )?\(/gm)].map((match) => match[1]).sort();
  assert.deepEqual(registered, contributed);
});

test("menus name contributed commands only, and each command is in the palette or hidden from it on purpose", () => {
  for (const [menu, items] of menus) {
    for (const { command } of items) assert.ok(contributed.includes(command), `${menu}: ${command}`);
  }
  const reachable = new Set(
    menus.flatMap(([, items]) => items.filter(({ when }) => when !== "false")).map((one) => one.command),
  );
  const elsewhere = ["autogpt.openFileChanges", "autogpt.openAppliedChanges"]; // by a click on an item
  const always = ["autogpt.restartServer", "autogpt.setUpWorker", "autogpt.showLog"]; // in the palette without a condition
  for (const command of contributed) {
    assert.ok(reachable.has(command) || elsewhere.includes(command) || always.includes(command), command);
  }
});

test("every context key in a condition is set in the source, and the other way round", () => {
  const conditions = JSON.stringify(manifest.contributes);
  const set = new Set([...sources.matchAll(/(?:set\(\s*|"setContext", )"(autogpt\.\w+)"/g)].map((match) => match[1]));
  const used = new Set(
    menus
      .flatMap(([, items]) => items)
      .flatMap(({ when }) => [...(when ?? "").matchAll(/\bautogpt\.\w+/g)].map(([key]) => key)),
  );
  used.delete("autogpt.runs"); // the view
  for (const key of used) assert.ok(set.has(key), `${key} is never set`);
  for (const key of set) assert.ok(conditions.includes(key as string), `${key} is used by no condition`);
});

test("every string of the manifest is there in English and in Chinese", () => {
  const named = new Set([...read("package.json").matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]));
  assert.deepEqual([...named].sort(), Object.keys(strings).sort());
  assert.deepEqual(Object.keys(JSON.parse(read("package.nls.zh-cn.json"))).sort(), Object.keys(strings).sort());
});

test("every message of the source has a Chinese one, with the same places for values", () => {
  const bundle: Record<string, string> = JSON.parse(read("l10n/bundle.l10n.zh-cn.json"));
  const said = new Set<string>();
  for (const match of sources.matchAll(/(?:\bl10n\.t|\bt)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g)) {
    said.add((match[1] as string).slice(1, -1).replaceAll('\\"', '"'));
  }
  for (const match of sources.matchAll(/"((?:\d|\{0\}) (?:new )?tests?[^"]*)"/g)) said.add(match[1] as string);
  assert.deepEqual(
    [...said].filter((text) => !(text in bundle)),
    [],
  );
  const places = (text: string) => [...text.matchAll(/\{\d\}/g)].map(([place]) => place).sort();
  for (const [text, translated] of Object.entries(bundle)) {
    assert.ok(said.has(text), `nobody says: ${text}`);
    assert.deepEqual(places(translated), places(text), text);
  }
});

test("settings that start something cannot come from an untrusted folder", () => {
  const restricted: string[] = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  for (const name of ["server.command", "server.interpreter", "server.worker", "python", "testCommand", "endpoint"]) {
    assert.ok(restricted.includes(`autogpt.${name}`), name);
  }
});
