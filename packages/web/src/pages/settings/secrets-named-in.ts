/** The names of kept secrets that settings refer to, `{ secret: NAME }` at any depth. */
export function secretsNamedIn(settings: unknown): readonly string[] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]) =>
    key === 'secret' && typeof value === 'string' ? [value] : secretsNamedIn(value),
  );
}
