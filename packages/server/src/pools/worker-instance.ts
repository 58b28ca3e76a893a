/**
 * The instance of a machine that a worker lives in, by its name: the SDK names a worker that a host has started
 * `<machine>-i<instance>-<pid>-<8 hex digits>`. Null for a worker that has a name of its own.
 */
export function instanceOfWorker(name: string): number | null {
  const found = /-i(\d{1,6})-\d+-[0-9a-f]{8}$/.exec(name);
  return found?.[1] === undefined ? null : Number(found[1]);
}
