/** What the doctor found, in words for people; pure. */

import type { Finding } from "./protocol";

const SIGNS: Record<string, string> = { ok: "✓", warning: "⚠", missing: "✗" };

export function report(findings: Record<string, Finding[]>, t: (text: string) => string): string {
  const lines: string[] = [];
  for (const [root, found] of Object.entries(findings)) {
    const sound = found.every(({ status }) => status === "ok");
    lines.push(`# ${root}`, "", sound ? t("Everything works.") : t("What to do is said beside each ⚠ and ✗."), "");
    for (const { name, status, found: what, what_to_do } of found) {
      lines.push(`${SIGNS[status] ?? "·"} ${name}: ${what}`);
      if (what_to_do && status !== "ok") lines.push(`    → ${what_to_do}`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
