/** Requests to a cluster over HTTP. */
export interface CallCounts {
  /** So far, by verb and resource, such as `list pods`; the opening of a watch is one request. */
  readonly calls: Readonly<Record<string, number>>;
  readonly openWatches: number;
}

/** What was asked between two moments, most first. */
export function callsBetween(
  before: CallCounts,
  after: CallCounts,
): readonly (readonly [what: string, times: number])[] {
  return Object.entries(after.calls)
    .map(([what, times]) => [what, times - (before.calls[what] ?? 0)] as const)
    .filter(([, times]) => times > 0)
    .toSorted(([, a], [, b]) => b - a);
}

/** How many requests those are. */
export const totalOf = (calls: ReturnType<typeof callsBetween>): number =>
  calls.reduce((sum, [, times]) => sum + times, 0);
