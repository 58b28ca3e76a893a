/** A value that is not the same in two revisions; undefined where it is not there. */
export interface Change {
  /** `env.LOG_LEVEL`, `checks[0].path`. */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Compares two values to their leaves, in the order of their paths. */
export function differencesOf(before: unknown, after: unknown): readonly Change[] {
  const [old, young] = [new Map(leavesOf(before, '')), new Map(leavesOf(after, ''))];
  const paths = [...new Set([...old.keys(), ...young.keys()])].sort();
  return paths
    .map((path) => ({ path, before: old.get(path), after: young.get(path) }))
    .filter((change) => change.before !== change.after);
}

/** Every leaf of a value with its path; what is null or empty says nothing. */
export function leavesOf(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item, at) => leavesOf(item, `${path}[${at}]`));
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([name, inner]) =>
      leavesOf(inner, path === '' ? name : `${path}.${name}`),
    );
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}
