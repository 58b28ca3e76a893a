import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Decision } from '@sluice/core/rollout/decide.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { Script } from '../script/script.ts';
import type { HostAnswer, HostOrder } from '../world/host-order.ts';
import type { Ended } from './ended.ts';
import type { SimulatedHost } from '../world/simulated-host.ts';
import type { Committed, SimulatedStore } from '../world/simulated-store.ts';

/** The truth that checkers judge by; they look and change nothing. */
export interface Ground {
  readonly script: Script;
  readonly begin: Instant;
  readonly now: () => Instant;
  readonly host: SimulatedHost;
  readonly store: SimulatedStore;
  /** What has ended so far, in order. */
  readonly ends: Ended[];
}

/** One look of a replica, after its commit: the state as it is committed, what was seen, what was decided. */
export interface Look {
  /** The state that was looked at. */
  readonly before: TrackState;
  readonly track: TrackState;
  readonly observation: Observation;
  readonly decision: Decision;
}

/**
 * Watches one promise. It is told what happens, after it happened, and throws `BrokenPromise` when the promise is
 * not kept. No checker uses a function of the engine.
 */
export interface Checker {
  decided?(look: Look): void;
  committed?(change: Committed): void;
  checksStarted?(run: Extract<Effect, { kind: 'runChecks' }>, track: TrackState): void;
  /** The host has judged an order, whatever its answer. */
  ordered?(order: HostOrder, answer: HostAnswer): void;
  tableChanged?(worker: number): void;
  revisionGone?(revision: RevisionId): void;
  /** Everything has come to rest. */
  ended?(): void;
}
