/** Lines begin with the instance that wrote them, as in `0 | listening`. */
const INSTANCE = /^\d+ \| /;

/**
 * The lines that a later look at the logs of several instances has and an earlier one had not, instance by instance.
 * Each look has the end of every log, one after the other, so each log is compared with itself.
 */
export function newLinesOfEach(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = byInstance(before);
  return [...byInstance(after)].flatMap(([instance, lines]) => newLines(known.get(instance) ?? [], lines));
}

function byInstance(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const logs = new Map<string, string[]>();
  for (const line of lines) {
    const instance = INSTANCE.exec(line)?.[0] ?? '';
    const log = logs.get(instance) ?? [];
    logs.set(instance, log);
    log.push(line);
  }
  return logs;
}

/**
 * The lines that a later look at the end of a log has and an earlier one had not. Both looks are windows onto the same
 * growing text: the end of the earlier one stands somewhere in the later one, and what follows is new. When nothing of
 * it is found, all is new. Of a log that repeats one line only, new repetitions cannot be told from old ones.
 */
export function newLines(before: readonly string[], after: readonly string[]): readonly string[] {
  if (before.length === 0) return after;
  for (let end = after.length; end > 0; end -= 1) {
    if (endsWith(before, after, end)) return after.slice(end);
  }
  return after;
}

/** Whether `after[0..end)` and the end of `before` are the same, as far as both reach. */
function endsWith(before: readonly string[], after: readonly string[], end: number): boolean {
  const length = Math.min(before.length, end);
  for (let back = 1; back <= length; back += 1) {
    if (before[before.length - back] !== after[end - back]) return false;
  }
  return true;
}
