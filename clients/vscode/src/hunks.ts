/** Hunks of a proposal by the lines they stand on; pure. */

import type { Hunk, Place, RunState } from "./protocol";

/** The hunk that has this line (from 0) on this side; one that has no line there, on both lines beside it. */
export function hunkAt(state: RunState, { side, path }: Place, line: number): Hunk | undefined {
  const file = state.files.find((one) => one.path === path);
  return file?.hunks.find((one) => {
    const [start, count] = side === "new" ? [one.new_line, one.new_count] : [one.base_line, one.base_count];
    const first = count === 0 ? Math.max(0, start - 1) : start;
    return line >= first && line < start + Math.max(1, count);
  });
}
