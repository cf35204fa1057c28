/** Changes between two texts as ranges of lines; pure, so that keep and undo are tested without an editor. */

/** As the editor's quick diff gives it: from 1, an end of 0 where nothing is on that side. */
export interface LineChange {
  originalStartLineNumber: number;
  originalEndLineNumber: number;
  modifiedStartLineNumber: number;
  modifiedEndLineNumber: number;
}

/** Half open, from 0. An empty range lies after the line that the change names. */
function half(start: number, end: number): [number, number] {
  return end === 0 ? [start, start] : [start - 1, end];
}

export const splitLines = (text: string): string[] => text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];

/** The original with one change of the modified text taken in: what "keep" makes of the base. */
export function keepChange(original: string, modified: string, change: LineChange): string {
  const [from, to] = half(change.originalStartLineNumber, change.originalEndLineNumber);
  const [start, end] = half(change.modifiedStartLineNumber, change.modifiedEndLineNumber);
  const lines = splitLines(original);
  return [...lines.slice(0, from), ...splitLines(modified).slice(start, end), ...lines.slice(to)].join("");
}

/** What undoing one change writes over which lines of the modified text: half open, from 0. */
export function undoChange(original: string, change: LineChange): { start: number; end: number; text: string } {
  const [from, to] = half(change.originalStartLineNumber, change.originalEndLineNumber);
  const [start, end] = half(change.modifiedStartLineNumber, change.modifiedEndLineNumber);
  return { start, end, text: splitLines(original).slice(from, to).join("") };
}
