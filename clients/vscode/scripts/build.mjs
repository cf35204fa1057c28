// Two files for the editor to load: the extension, and the language client once a server is wanted; vscode is there already.
import { build } from "esbuild";

await build({
  entryPoints: ["src/extension.ts", "src/connection.ts"],
  outdir: "dist",
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node18",
  external: ["vscode", "./connection.js"],
  // As `require`, which the editor hands `vscode` to.
  supported: { "dynamic-import": false },
});
