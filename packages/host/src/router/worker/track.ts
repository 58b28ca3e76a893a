import { chooseRevision, stickyPlace } from '@sluice/core/traffic/choose.ts';
import { EMPTY_SPLIT, type Split, type StickyKey } from '@sluice/core/traffic/split.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { RoutePolicy } from '@sluice/protocol/host/host-schema.ts';
import type { TrackState } from '../worker-message.ts';
import { Arm } from './arm.ts';
import { covers, normalPrefix } from './path-prefix.ts';
import type { Inbound } from './inbound.ts';
import type { SecondCounter } from './second-counter.ts';
import type { UpstreamContext } from './upstream.ts';

/** One track as a worker serves it: its policy, its split, and an arm for each revision that has endpoints. */
export class Track {
  readonly name: string;
  route: RoutePolicy | null = null;
  pathPrefix = '/';
  split: Split = EMPTY_SPLIT;
  readonly #arms = new Map<string, Arm>();
  readonly #counter: SecondCounter;
  readonly #context: UpstreamContext;

  constructor(name: string, counter: SecondCounter, context: UpstreamContext) {
    this.name = name;
    this.#counter = counter;
    this.#context = context;
  }

  /** Takes over a new table and new endpoints; requests that run now end where they are. */
  apply({ table, endpoints }: TrackState): void {
    this.route = table?.route ?? null;
    this.pathPrefix = normalPrefix(this.route?.path ?? '/');
    this.split = table?.split ?? EMPTY_SPLIT;
    const revisions = new Set(endpoints.map((endpoint) => endpoint.revision));
    for (const revision of revisions) {
      if (!this.#arms.has(revision))
        this.#arms.set(
          revision,
          new Arm(revision, this.#counter.countsOf(this.name, revision), this.#context),
        );
    }
    for (const [revision, arm] of this.#arms) {
      const own = endpoints.filter((endpoint) => endpoint.revision === revision);
      arm.setEndpoints(own, this.route?.protocol ?? 'http1');
      if (own.length === 0 && arm.upstreams.length === 0) this.#arms.delete(revision);
    }
  }

  /** @returns undefined when the revision has no endpoint at all */
  arm(revision: string): Arm | undefined {
    return this.#arms.get(revision);
  }

  get arms(): Iterable<Arm> {
    return this.#arms.values();
  }

  /**
   * The revision that a request goes to.
   * @param cookie the value that the router sets as sticky cookie with this answer, if it sets one
   * @returns undefined when the split serves nothing
   */
  choose(request: Inbound, cookie: string | undefined): string | undefined {
    const { sticky, salt } = this.split;
    const key = cookie ?? (sticky === null ? undefined : stickyValue(sticky, request));
    const place = key === undefined ? Math.floor(Math.random() * WHOLE_BASIS_POINTS) : stickyPlace(key, salt);
    return chooseRevision(this.split, request, place);
  }

  /** The name of the sticky cookie that a request lacks; undefined when none has to be set. */
  missingCookie(request: Inbound): string | undefined {
    const { sticky } = this.split;
    if (sticky === null || sticky.by !== 'cookie') return undefined;
    return request.cookie(sticky.name) ? undefined : sticky.name;
  }

  /** Whether a request counts as a trial of the A/B goal. */
  isTrial(path: string): boolean {
    const goal = this.route?.goal;
    return goal != null && covers(goal.from, path);
  }

  /** Whether an answered request counts as a goal reached. */
  isGoal(method: string, path: string, status: number): boolean {
    const goal = this.route?.goal;
    if (goal == null || status >= 400 || !covers(goal.path, path)) return false;
    return goal.method === null || goal.method.toUpperCase() === method;
  }
}

function stickyValue(sticky: StickyKey, request: Inbound): string | undefined {
  switch (sticky.by) {
    case 'header':
      return request.header(sticky.name.toLowerCase()) || undefined;
    case 'cookie':
      return request.cookie(sticky.name) || undefined;
    case 'address':
      return request.address;
  }
}
