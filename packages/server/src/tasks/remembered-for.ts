/** How long something that was read is good enough. */
export interface RememberedPorts<Value> {
  readonly forMs: number;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
  readonly read: (key: string) => Promise<Value>;
}

/**
 * Reads by keys, each at most once in a while, however many ask: whoever asks meanwhile is given what the last one was, or
 * will be, given. What could not be read is not remembered.
 */
export function rememberedFor<Value>({
  forMs,
  elapsedMs,
  read,
}: RememberedPorts<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, { readonly at: number; readonly value: Promise<Value> }>();
  return (key) => {
    const now = elapsedMs();
    for (const [other, { at }] of known) if (now - at >= forMs) known.delete(other);
    const present = known.get(key);
    if (present) return present.value;
    const value = read(key);
    known.set(key, { at: now, value });
    value.catch(() => {
      if (known.get(key)?.value === value) known.delete(key);
    });
    return value;
  };
}
