// Writes the settings of the server's schema into package.json; with --check only says whether they are the same.
import { readFileSync, writeFileSync } from "node:fs";

const schema = JSON.parse(readFileSync(new URL("../../../server/autogpt_lsp/settings.schema.json", import.meta.url)));
const path = new URL("../package.json", import.meta.url);
const manifest = JSON.parse(readFileSync(path));

const own = manifest.contributes.configuration[1].properties;
const properties = Object.fromEntries(
  Object.entries(schema.properties).map(([name, { description, ...rest }], order) => [
    name,
    { ...rest, order, markdownDescription: description },
  ]),
);
manifest.contributes.configuration = [
  { title: "%settings.runs%", properties },
  { title: "%settings.server%", properties: own },
];
const settings = { ...properties, ...own };
manifest.capabilities.untrustedWorkspaces.restrictedConfigurations = Object.keys(settings).filter((name) =>
  /\.(endpoint|model|testCommand|python|sandbox|network|strongerModel|plainHttp|trustedModel|startOnSave)$|\.server\./.test(
    name,
  ),
);
const text = `${JSON.stringify(manifest, null, 2)}\n`;
if (process.argv.includes("--check")) {
  if (text !== readFileSync(path, "utf8")) {
    console.error("package.json is behind the server's schema: run `npm run manifest`.");
    process.exit(1);
  }
} else {
  writeFileSync(path, text);
}
