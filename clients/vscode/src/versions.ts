/** Versions as numbers with points; pure. */

/** Whether a version comes before another, both as numbers with points; what is no version is older than all. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [left, right] = [numbers(version), numbers(than)];
  for (let index = 0; index < right.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return !/^\d/.test(version);
}
