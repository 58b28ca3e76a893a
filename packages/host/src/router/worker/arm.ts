import type { RoutePolicy } from '@sluice/protocol/host/host-schema.ts';
import type { Endpoint } from '../track-table.ts';
import type { ArmCounts } from './arm-counts.ts';
import { Upstream, type UpstreamContext } from './upstream.ts';

/** One revision of a track: its instances, its counts, and the choice between the instances. */
export class Arm {
  readonly revision: string;
  readonly counts: ArmCounts;
  /** What the router adds to each answer of this revision; name and value alternate. */
  readonly ownHeaders: readonly string[];
  /** All instances with a connection or a request, those that take nothing new as well. */
  upstreams: readonly Upstream[] = [];
  #ready: readonly Upstream[] = [];
  readonly #context: UpstreamContext;

  constructor(revision: string, counts: ArmCounts, context: UpstreamContext) {
    this.revision = revision;
    this.counts = counts;
    this.ownHeaders = ['x-sluice-revision', revision];
    this.#context = context;
  }

  /** Replaces the endpoints. An instance that is no longer listed finishes its requests and is then let go. */
  setEndpoints(endpoints: readonly Endpoint[], protocol: RoutePolicy['protocol']): void {
    const kept: Upstream[] = [];
    for (const endpoint of endpoints) {
      const known = this.upstreams.find(
        (one) => one.port === endpoint.port && one.protocol === protocol && !one.removed,
      );
      const upstream = known ?? new Upstream(endpoint.port, protocol, this.#context);
      upstream.draining = endpoint.draining;
      kept.push(upstream);
    }
    for (const gone of this.upstreams) {
      if (kept.includes(gone)) continue;
      gone.remove();
      if (gone.inFlight > 0) kept.push(gone);
    }
    this.upstreams = kept;
    this.#ready = kept.filter((upstream) => !upstream.draining && !upstream.removed);
  }

  /**
   * An instance for a request: of two drawn at random, the one with fewer requests running (Mitzenmacher, "The Power of
   * Two Choices", IEEE TPDS 2001). Instances that could not be connected to of late are passed over, unless all are.
   * @param nowMs on the clock of `performance.now()`
   * @param tried instances that this request has been to
   * @returns undefined when no ready instance is left
   */
  pick(nowMs: number, tried?: readonly Upstream[]): Upstream | undefined {
    const ready = this.#ready;
    if (ready.length === 1 && tried === undefined) return ready[0];
    let open = ready;
    if (tried !== undefined) open = open.filter((upstream) => !tried.includes(upstream));
    if (open.some((upstream) => upstream.ejectedUntilMs > nowMs)) {
      const well = open.filter((upstream) => upstream.ejectedUntilMs <= nowMs);
      if (well.length > 0) open = well;
    }
    return lessBusyOfTwo(open);
  }
}

function lessBusyOfTwo(open: readonly Upstream[]): Upstream | undefined {
  if (open.length < 2) return open[0];
  const first = Math.floor(Math.random() * open.length);
  const step = 1 + Math.floor(Math.random() * (open.length - 1));
  const one = open[first] as Upstream;
  const other = open[(first + step) % open.length] as Upstream;
  return other.inFlight < one.inFlight ? other : one;
}
