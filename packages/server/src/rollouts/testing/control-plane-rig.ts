import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import { assert } from '@sluice/core/kernel/assert.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApprovalRule } from '@sluice/core/gates/approval-rule.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Policy } from '@sluice/core/policy/policy.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import type { ReleaseReply, ReleaseRequest } from '@sluice/protocol/http/requests.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Candidacy, Rehearsal } from '../../clusters/release-rehearsal.ts';
import { bundleStore, SOURCE_LIMITS } from '../../bundles/bundle-store.ts';
import type { HeldGeneration } from '@sluice/core/kernel/held-generation.ts';
import { postgresTrackStore } from '../../loop/postgres-track-store.ts';
import { obedientWorld } from '../../loop/testing/obedient-world.ts';
import { silentInstruments } from '../../loop/testing/silent-instruments.ts';
import { orderDesk } from '../../loop/order-desk.ts';
import { workOnTrack } from '../../loop/work-on-track.ts';
import type { World } from '../../loop/world.ts';
import type { CheckDestination } from '../../outgoing/guarded-outgoing.ts';
import { examiningGate } from '../../policies/examining-gate.ts';
import { policyExaminer } from '../../policies/thread/policy-examiner.ts';
import type { RouterCapabilities } from '../../routing/traffic-router.ts';
import type { TrafficTick } from '../../metrics/metrics-provider.ts';
import type { Database } from '../../store/database/open-database.ts';
import { allocateRolloutId } from '../../store/rollouts/rollouts.ts';
import { NOON, TENANT } from '../../store/testing/track-fixtures.ts';
import type { TargetInstance } from '../../targets/target.ts';
import { attentiveWorld } from '../attentive-world.ts';
import type { ControlPlane } from '../control-plane.ts';
import { deliveryControlPlane } from '../delivery-control-plane.ts';
import type { GenerationKeeper } from '../generation-keeper.ts';
import { postgresDeliveryRecords } from '../postgres-delivery-records.ts';
import { postgresRouteClaims } from '../postgres-route-claims.ts';
import { RefusedOrders } from '../refused-orders.ts';
import { writeBell } from '../write-bell.ts';

/** A router that can do everything a plan may ask for. */
export const ABLE_ROUTER: RouterCapabilities = {
  shares: 'exact',
  granularityBasisPoints: 1,
  matchOn: ['header', 'cookie', 'path'],
  mirror: true,
  sticky: ['header', 'cookie', 'address'],
  goals: true,
};

/** Two components, of which one is canaried in two judged steps of ten seconds. */
export const SHOP = `application: shop
components:
  web:
    run: node server.js
    source: web
    health: /healthz
    route: /
    instances: 2
    strategy:
      canary:
        phases:
          - { share: 25%, hold: 10s }
          - { share: 50%, hold: 10s }
        criteria: { errors: "< 5%" }
  api:
    run: node api.js
    source: api
    health: /healthz
    route: /api
    needs: [ { tcp: mail.example.com:25 } ]
    strategy: blue-green
environments:
  production:
`;

/**
 * For tests: the control plane over a real store, real copies of sources, and a world in which every order is carried
 * out at once. A test moves the clock, and spoils what it wants to see spoilt.
 */
export class ControlPlaneRig {
  readonly plane: ControlPlane;
  readonly world: ReturnType<typeof obedientWorld>;
  readonly #orders = new RefusedOrders();
  readonly #db: Database;
  /** Where the sources lie. */
  readonly folder: string;
  now = NOON;
  router = ABLE_ROUTER;
  /** What a need says; null while everything can be reached. */
  outage: string | null = null;
  /** What clusters say of releases. */
  rehearsal: Rehearsal = { objections: [], warnings: [] };
  /** What policies are in force; none at first. */
  policies: readonly Policy[] = [];
  readonly #examiner = policyExaminer();
  /** What clusters were asked about. */
  readonly rehearsed: (readonly Candidacy[])[] = [];
  /** Why an order is not carried out; null for every order that is. */
  obstacle: (effect: Effect) => string | null = () => null;
  /** Whether orders of an earlier generation than one that was obeyed are refused, as hosts do. */
  isFenced = false;
  keeper: Pick<GenerationKeeper, 'heed'> = { heed: async () => null };
  /** Null while the metrics cannot be read. */
  baseline: Baseline | null = { ...EMPTY_BASELINE, requestsPerSecond: 200 };
  /** What the metrics have counted. */
  ticks: readonly TrafficTick[] = [];
  /** Whether the target has anything that instances wrote. */
  logsKept = true;
  /** What runs, or why that is not known. */
  instances: readonly TargetInstance[] | SluiceError = [];
  /** Ids of agents that somebody has registered. */
  readonly registered = new Set<string>();
  /** The `traceparent` of whoever asks. */
  trace: string | undefined;
  /** The approvals that are demanded of every release of a track. */
  approvalRules: (track: TrackId, project?: string) => Promise<readonly ApprovalRule[]> = async () => [];
  /** What may be called; everything, unless a test says otherwise. */
  check: CheckDestination = async () => ok(null);
  /** How often the loop was told to look. */
  wakes = 0;

  /** Opens a rig with the sources of both components in place; close it, for example in `afterEach`. */
  static async open(db: Database): Promise<ControlPlaneRig> {
    const rig = new ControlPlaneRig(db, await mkdtemp(join(tmpdir(), 'sluice-control-plane-')));
    await rig.write('web', 'v1');
    await rig.write('api', 'v1');
    return rig;
  }

  private constructor(db: Database, folder: string) {
    this.#db = db;
    this.folder = folder;
    const now = (): number => this.now;
    this.world = obedientWorld({ now, requestsPerSecond: 200, remember: true });
    const bell = writeBell();
    this.plane = deliveryControlPlane({
      tenant: TENANT,
      check: (destination) => this.check(destination),
      store: this.#store,
      // Without polling: a ring that is missed shows.
      records: {
        ...postgresDeliveryRecords(db, TENANT, bell),
        nextWrite: (_longestMs, signal) => bell.next(600_000, signal),
      },
      routes: postgresRouteClaims(db, (within) => this.#storeOver(within)),
      world: this.world,
      orders: this.#orders,
      places: {
        of: () => ({
          metrics: { observe: async () => ({ kind: 'ticks', ticks: this.ticks, cursor: this.now }) },
          target: {
            instances: async () => orThrow(this.instances),
            logs: async (track, revision, lines) =>
              this.logsKept ? `${lines} lines of ${revision} of ${track}` : unknownLogs(),
          },
          router: { capabilities: () => this.router },
        }),
      },
      baselines: { freeze: async () => this.baseline ?? unreadable() },
      checks: {
        reach: async () => ({ passed: this.outage === null, message: this.outage ?? 'it answered' }),
      },
      policies: examiningGate({
        inForce: async () => this.policies.map((policy) => ({ policy, version: 3 })),
        examiner: this.#examiner,
      }),
      rehearse: async (candidacies) => {
        this.rehearsed.push(candidacies);
        return this.rehearsal;
      },
      bundles: bundleStore(join(folder, 'bundles'), {
        limits: { ...SOURCE_LIMITS, ownFolder: join(folder, 'bundles') },
      }),
      now,
      newRolloutId: () => allocateRolloutId(db),
      currentTrace: () => this.trace,
      approvalRules: (track, project) => this.approvalRules(track, project),
      isRegisteredAgent: async (id) => this.registered.has(id),
      wakeLoop: () => {
        this.wakes += 1;
        bell.ring();
      },
    });
  }

  get #store() {
    return this.#storeOver(this.#db);
  }

  #storeOver(db: Database) {
    const unreadableTrack = (failure: SluiceError): never => {
      throw failure;
    };
    return postgresTrackStore({
      db,
      holder: 'rig',
      now: () => this.now,
      unreadable: unreadableTrack,
    });
  }

  get #attentive(): World {
    const log = pino({ level: 'silent' });
    const now = (): number => this.now;
    return attentiveWorld(this.#spoilt, { orders: this.#orders, keeper: this.keeper, now, log });
  }

  get #spoilt(): World {
    return {
      ...this.world,
      perform: async (tenant, track, effect, generation) => {
        const obstacle = this.obstacle(effect);
        if (obstacle !== null) throw new SluiceError('invalid-input', obstacle, { next: 'retry' });
        if (this.isFenced) this.#requireNewest(track.id, generation);
        await this.world.perform(tenant, track, effect, generation);
      },
    };
  }

  #requireNewest(track: string, generation: number): void {
    const obeyed = this.world.performed.filter((order) => order.track === track);
    const heldGeneration = Math.max(0, ...obeyed.map((order) => order.generation));
    if (generation >= heldGeneration) return;
    const cause: HeldGeneration = { heldGeneration, isReused: false };
    throw new SluiceError('refused-as-stale', 'a newer order was obeyed', { next: 'retry', cause });
  }

  /** Writes what a component's source folder holds. */
  async write(component: string, text: string, file = 'server.js'): Promise<void> {
    await mkdir(join(this.folder, component), { recursive: true });
    await writeFile(join(this.folder, component, file), text);
  }

  /** Everything that any copy holds, by its place in the copy. */
  async copiedFiles(): Promise<readonly string[]> {
    const copies = await this.copies();
    const files = copies.map((copy) => readdir(join(this.folder, 'bundles', copy), { recursive: true }));
    return (await Promise.all(files)).flat();
  }

  /** The copies of sources that are kept. */
  async copies(): Promise<readonly string[]> {
    return readdir(join(this.folder, 'bundles')).catch(() => []);
  }

  release(
    changes: Partial<ReleaseRequest> = {},
    { dryRun = false } = {},
  ): Promise<Result<ReleaseReply, Problem>> {
    const request: ReleaseRequest = {
      ...{ text: SHOP, file: 'sluice.yaml', baseDirectory: this.folder },
      ...{ lane: 'normal', onConflict: 'supersede', by: 'ann' },
      ...changes,
    };
    return this.plane.release(request, { dryRun });
  }

  /** Releases a version of web, whose source says so, and waits until it is stable. */
  async stable(version: string): Promise<void> {
    await this.write('web', version);
    accepted(await this.release({ version, components: ['web'] }));
    await this.settle();
  }

  /** One look of the loop at everything that is due, a second later. */
  async look(): Promise<void> {
    this.now += 1_000;
    const now = (): number => this.now;
    const log = pino({ level: 'silent' });
    const { performed } = silentInstruments;
    const orders = orderDesk({ world: this.#attentive, log, now, performed, done: () => undefined });
    const shop = {
      ...{ store: this.#store, world: this.#attentive, orders, now, instruments: silentInstruments, log },
      pace: { activeMs: 1_000, idleMs: 1_000 },
    };
    for (const claimed of await this.#store.claim('rig', 50, 60_000))
      await workOnTrack(shop, { ...claimed, isFirst: false });
    await orders.settled();
  }

  /** Looks until nothing is under way. */
  async settle(looks = 200): Promise<void> {
    for (let look = 0; look < looks; look++) {
      await this.look();
      const { items } = await this.plane.tracks({}, { cursor: null, limit: 200 });
      if (items.every(({ active, queued }) => active === null && queued.length === 0)) return;
    }
    assert(false, `something was still under way after ${looks} looks`);
  }

  async close(): Promise<void> {
    await this.#examiner.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function unreadable(): never {
  throw new SluiceError('unreachable', 'the metrics do not answer', { next: 'retry' });
}

function unknownLogs(): never {
  throw new SluiceError('not-found', 'There are no logs here.', { next: 'stop' });
}

/** What was answered to something that should be taken in. */
export function accepted<Value>(answer: Result<Value, Problem>): Value {
  assert(answer.ok, `it was refused: ${answer.ok ? '' : answer.refusal.detail}`);
  return answer.value;
}

/** Why something was refused that should be. */
export function refused(answer: Result<unknown, Problem>): Problem {
  assert(!answer.ok, 'it was not refused');
  return answer.refusal;
}

function orThrow<Value>(known: Value | SluiceError): Value {
  if (known instanceof SluiceError) throw known;
  return known;
}
