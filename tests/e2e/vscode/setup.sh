#!/usr/bin/env bash
# Makes a real VS Code in node_modules: code-server from the npm registry, its own dependencies, its native modules.
# Run again, it reuses what is there. Needs node 20 or newer, npm, a C++ compiler and ripgrep.
set -euo pipefail
cd "$(dirname "$0")"

stamp=node_modules/.vscode-ready
if [ -f "$stamp" ] && [ "$stamp" -nt package-lock.json ]; then exit 0; fi

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
for folder in lib/vscode lib/vscode/extensions; do
  (cd "node_modules/code-server/$folder" && npm install --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error)
done
export npm_config_unsafe_perm=true PATH="$PWD/node_modules/.bin:$PATH"
# Only what a remote extension host needs; kerberos and the Windows ones are for other set-ups.
npm rebuild --loglevel=error --build-from-source argon2
(cd node_modules/code-server/lib/vscode && npm rebuild --loglevel=error \
  @parcel/watcher @vscode/spdlog @vscode/deviceid native-watchdog node-pty)
mkdir -p node_modules/code-server/lib/vscode/node_modules/@vscode/ripgrep/bin
ln -sf "$(command -v rg)" node_modules/code-server/lib/vscode/node_modules/@vscode/ripgrep/bin/rg
touch "$stamp"
