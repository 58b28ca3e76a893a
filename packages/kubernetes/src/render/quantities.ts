/** Whole seconds that last at least so many ms, and at least one: the least that a probe can say. */
export const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** Thousandths of a core as Kubernetes itself writes them: `250m`, `2`. */
export const cpuQuantity = (millis: number): string =>
  millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;

const UNITS = [
  ['Gi', 1024 ** 3],
  ['Mi', 1024 ** 2],
  ['Ki', 1024],
] as const;

/** Bytes as Kubernetes itself writes them: in the largest binary unit that divides them. */
export function byteQuantity(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit ? `${bytes / unit[1]}${unit[0]}` : String(bytes);
}

/** A duration as Prometheus and Go write it: `30s`, or `500ms` where it is not whole seconds. */
export const durationText = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
