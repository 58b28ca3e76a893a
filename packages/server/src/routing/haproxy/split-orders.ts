/**
 * Carries out the orders for the splits of all tracks on one HAProxy.
 *
 * 1. What was ordered is on disk before HAProxy is told; a new process starts from there.
 * 2. `observe` says what HAProxy says, never what was ordered.
 * 3. A revision's servers are there before the split names its backend, and leave after the split has forgotten it.
 * 4. A backend stays a revision's own until nothing of it is left in HAProxy, so that a request that was placed before a
 *    change never reaches another revision.
 * 5. Orders are carried out one after the other.
 */
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { formatShare } from '@sluice/core/kernel/share.ts';
import { EMPTY_SPLIT, shareOf, type Split } from '@sluice/core/traffic/split.ts';
import type { SplitInForce, SplitRequest } from '../traffic-router.ts';
import { type AdminSocket, LONGEST_COMMAND } from './admin-socket.ts';
import { assignBackends } from './assign-backends.ts';
import { backendName, type ServerLine } from './render-configuration.ts';
import { requireCurrent, orderText } from './order-fence.ts';
import { requireFreeRoute, routeKey } from './route-key.ts';
import { type BackendUse, type RouterState, saveState } from './router-state.ts';
import { mapText, type RuntimeMap } from './runtime-maps.ts';
import { type Endpoint, reconcileServers, serverLine } from './runtime-servers.ts';
import { readSplitLine, type SplitLine, writeSplitLine } from './split-line.ts';
import { textField } from './text-field.ts';

/** What orders are carried out with. */
export interface SplitOrdersParts {
  readonly admin: AdminSocket;
  readonly splits: RuntimeMap;
  readonly routes: RuntimeMap;
  readonly statePath: string;
  /** Backends that HAProxy has. */
  readonly backends: number;
  /** Makes sure that HAProxy runs, after it could not be reached. */
  revive(): Promise<unknown>;
  /** Ready instances of a revision. */
  endpoints(track: TrackId, revision: RevisionId): Promise<readonly Endpoint[]>;
}

/** What a new process starts with. */
export interface StartingPoint {
  readonly splits: string;
  readonly routes: string;
  readonly servers: ReadonlyMap<string, readonly ServerLine[]>;
}

type EndpointsByRevision = ReadonlyMap<string, readonly Endpoint[]>;

/** Room for the command around a line, and for a long name of the map. */
const LONGEST_LINE = LONGEST_COMMAND - 1_000;

/** The orders of one HAProxy. */
export class SplitOrders {
  readonly #parts: SplitOrdersParts;
  #state: RouterState;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: SplitOrdersParts, state: RouterState) {
    this.#parts = parts;
    this.#state = state;
  }

  /** Puts a split in force; resolves when HAProxy has confirmed it. */
  async apply(request: SplitRequest): Promise<void> {
    const endpoints = await this.#endpointsOf(request.track, request.split);
    await this.#inTurn(() => this.#apply(request, endpoints));
  }

  /** The split that HAProxy has; its servers are brought up to date on the way. */
  async observe(track: TrackId): Promise<SplitInForce | null> {
    const line = await this.#inTurn(() => this.#lineInForce(track));
    if (line === undefined) return null;
    // A target that cannot be asked changes nothing: the servers of the last look go on.
    const endpoints = await this.#endpointsOf(track, line.split).catch(() => undefined);
    if (endpoints) await this.#inTurn(() => this.#refresh(track, endpoints));
    return { split: line.split, generation: line.generation };
  }

  /** Brings a process that was found running to what was ordered, and takes out of it what was not. */
  restore(): Promise<void> {
    return this.#inTurn(async () => {
      const { admin, splits, backends } = this.#parts;
      const known = new Set(Object.keys(this.#state.tracks).map(textField));
      for (const [key] of await splits.entries()) if (!known.has(key)) await splits.remove(key);
      for (const track of Object.keys(this.#state.tracks)) await this.#carryOut(track);
      for (let number = 0; number < backends; number++) {
        const name = backendName(number);
        if (!(name in this.#state.backends)) await reconcileServers(admin, name, []);
      }
    });
  }

  /** What a process must be started with to go on where the last one ended. */
  startingPoint(): StartingPoint {
    const tracks = Object.entries(this.#state.tracks);
    // Of two tracks with one route only one serves, and it comes last.
    const routes = new Map(
      tracks
        .toSorted(([, a], [, b]) => Number(a.serves) - Number(b.serves))
        .map(([track, { route }]) => [routeKey(route), textField(track)] as const),
    );
    const servers = Object.entries(this.#state.backends).map(([name, use]) => [name, use.servers] as const);
    return {
      splits: mapText(tracks.map(([track, { line }]) => [textField(track), line])),
      routes: mapText(routes),
      servers: new Map(servers),
    };
  }

  async #apply(request: SplitRequest, endpoints: EndpointsByRevision): Promise<void> {
    const { track, split, route } = request;
    const earlier = this.#state.tracks[track];
    requireCurrent(earlier, request);
    requireFreeRoute(this.#state, request);
    requireReady(request, splitOf(earlier?.line), endpoints);
    const backends = assignBackends(this.#state.backends, request, this.#parts.backends);
    const line = writeSplitLine({ ...request.request, generation: request.generation, split, backends });
    if (line.length > LONGEST_LINE) throw tooLong(request, line.length);
    const order = {
      generation: request.generation,
      order: orderText(request),
      protocol: request.request.protocol,
      route,
      line,
      serves: split.weights.length > 0 || split.matches.length > 0,
    };
    const uses = [...backends].map(([revision, name]): [string, BackendUse] => [
      name,
      { track, revision, servers: serverLines(endpoints.get(revision), request.request.protocol) },
    ]);
    await this.#save({
      ...this.#state,
      tracks: { ...this.#state.tracks, [track]: order },
      backends: { ...this.#state.backends, ...Object.fromEntries(uses) },
    });
    await this.#carryOut(track);
  }

  /** Brings HAProxy to what is ordered for a track. */
  async #carryOut(track: string): Promise<void> {
    const order = this.#state.tracks[track];
    if (order === undefined) return;
    const { admin, splits } = this.#parts;
    for (const [name, use] of this.#backendsOf(track))
      if (isNamedBy(order.line, name)) await reconcileServers(admin, name, use.servers);
    if ((await splits.get(textField(track))) !== order.line) await splits.put(textField(track), order.line);
    await this.#routeTo(track, routeKey(order.route), order.serves);
    await this.#letGo(track, order.line);
  }

  async #routeTo(track: string, key: string, serves: boolean): Promise<void> {
    const { routes } = this.#parts;
    const entries = await routes.entries();
    const holder = entries.find(([held]) => held === key)?.[1];
    if (holder === undefined || (serves && holder !== textField(track)))
      await routes.put(key, textField(track));
    for (const [held, by] of entries) if (by === textField(track) && held !== key) await routes.remove(held);
  }

  /** Empties the backends of revisions that the split does not name, and forgets those that are empty. */
  async #letGo(track: string, line: string): Promise<void> {
    const left = { ...this.#state.backends };
    for (const [name] of this.#backendsOf(track)) {
      if (isNamedBy(line, name)) continue;
      const servers = await reconcileServers(this.#parts.admin, name, []);
      if (servers === 0) delete left[name];
    }
    if (Object.keys(left).length < Object.keys(this.#state.backends).length)
      await this.#save({ ...this.#state, backends: left });
  }

  async #refresh(track: TrackId, endpoints: EndpointsByRevision): Promise<void> {
    const order = this.#state.tracks[track];
    if (order === undefined) return;
    const uses = this.#backendsOf(track).map(([name, use]): [string, BackendUse] => {
      const seen = endpoints.get(use.revision);
      return [name, seen ? { ...use, servers: serverLines(seen, order.protocol) } : use];
    });
    const backends = { ...this.#state.backends, ...Object.fromEntries(uses) };
    if (canonicalJson(backends) !== canonicalJson(this.#state.backends))
      await this.#save({ ...this.#state, backends });
    await this.#carryOut(track);
  }

  async #lineInForce(track: TrackId): Promise<SplitLine | undefined> {
    const text = await this.#parts.splits.get(textField(track));
    if (text === undefined) return undefined;
    const line = readSplitLine(text);
    if (line) return line;
    throw new SluiceError('invalid-reply', `HAProxy has a split of ${track} that cannot be read: ${text}`, {
      next: 'retry',
    });
  }

  #backendsOf(track: string): [string, BackendUse][] {
    return Object.entries(this.#state.backends).filter(([, use]) => use.track === track);
  }

  async #endpointsOf(track: TrackId, split: Split): Promise<EndpointsByRevision> {
    const revisions = new Set([...split.weights, ...split.matches].map(({ revision }) => revision));
    const asked = [...revisions].map(
      async (revision) => [revision as string, await this.#parts.endpoints(track, revision)] as const,
    );
    return new Map(await Promise.all(asked));
  }

  async #save(state: RouterState): Promise<void> {
    await saveState(this.#parts.statePath, state);
    this.#state = state;
  }

  /** Waits for earlier work; work that finds HAProxy gone is done once more when it is back. */
  #inTurn<Done>(work: () => Promise<Done>): Promise<Done> {
    const done = this.#last.then(work).catch(async (thrown: unknown) => {
      if (!(thrown instanceof SluiceError) || thrown.code !== 'unreachable') throw thrown;
      await this.#parts.revive();
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}

const serverLines = (
  endpoints: readonly Endpoint[] | undefined,
  protocol: 'http1' | 'h2c',
): BackendUse['servers'] => (endpoints ?? []).map((endpoint) => serverLine(endpoint, protocol));

const splitOf = (line: string | undefined): Split =>
  (line === undefined ? undefined : readSplitLine(line)?.split) ?? EMPTY_SPLIT;

const isNamedBy = (line: string, backend: string): boolean =>
  [...(readSplitLine(line)?.backends.values() ?? [])].includes(backend);

/** When no instance is ready anywhere, nothing is gained by a refusal. */
function requireReady({ track, split }: SplitRequest, before: Split, endpoints: EndpointsByRevision): void {
  const isReady = (revision: string): boolean => (endpoints.get(revision)?.length ?? 0) > 0;
  if (![...endpoints.keys()].some(isReady)) return;
  const starved = split.weights.find(
    ({ revision, basisPoints }) => basisPoints > shareOf(before, revision) && !isReady(revision),
  );
  if (starved === undefined) return;
  throw new SluiceError(
    'conflict',
    `The split of ${track} gives ${formatShare(starved.basisPoints)} to ${starved.revision}, which has no ready instance; wait until one is.`,
    { next: 'retry' },
  );
}

const tooLong = ({ track }: SplitRequest, length: number): SluiceError =>
  new SluiceError(
    'unsupported',
    `The split of ${track} takes ${length} characters and this HAProxy holds ${LONGEST_LINE}; match fewer or shorter values.`,
    { next: 'ask-human' },
  );
