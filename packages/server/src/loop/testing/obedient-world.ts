import type { Tick } from '@sluice/core/analysis/tick.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { ObservedRevision } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { shareOf, type Split } from '@sluice/core/traffic/split.ts';
import type { World } from '../world.ts';

/** A world for tests and benchmarks in which every order is carried out at once and every request succeeds. */
export interface ObedientWorld extends World {
  /** Orders as they were carried out, by track. */
  readonly performed: { readonly track: string; readonly effect: Effect; readonly generation: number }[];
}

interface Place {
  readonly revisions: Map<string, ObservedRevision>;
  split: Split | null;
  generation: number;
}

/** Traffic of a component, and the clock. */
export interface ObedientWorldOptions {
  readonly now: () => number;
  readonly requestsPerSecond: number;
  /** Whether orders are remembered in `performed`. */
  readonly remember: boolean;
}

const SECOND_MS = 1000;

/** Makes the world; a track's present state is taken from its own orders the first time it is seen. */
export function obedientWorld({ now, requestsPerSecond, remember }: ObedientWorldOptions): ObedientWorld {
  const places = new Map<string, Place>();
  const performed: ObedientWorld['performed'] = [];
  const placeOf = (track: TrackState): Place => {
    const known = places.get(track.id);
    if (known) return known;
    const revisions = new Map(
      Object.entries(track.capacity)
        .filter(([, order]) => !order.retiring)
        .map(([revision, { instances }]) => [revision, ready(instances, track.version)] as const),
    );
    const split = track.splitConfirmed && track.split.weights.length > 0 ? track.split : null;
    const place = { revisions, split, generation: track.version };
    places.set(track.id, place);
    return place;
  };
  return {
    performed,
    observe: async (_tenant, track) => {
      const place = placeOf(track);
      const at = now();
      return {
        now: at,
        target: { kind: 'observed', revisions: Object.fromEntries(place.revisions) },
        router: { kind: 'observed', inForce: place.split, generation: place.generation },
        metrics: metricsOf(track, at, requestsPerSecond),
        measured: [],
        baseline: { ...EMPTY_BASELINE, requestsPerSecond },
      };
    },
    perform: async (_tenant, track, effect, generation) => {
      if (remember) performed.push({ track: track.id, effect, generation });
      carryOut(placeOf(track), effect, generation);
    },
  };
}

const ready = (instances: number, generation: number): ObservedRevision => ({
  ordered: instances,
  generation,
  ready: instances,
  wanted: null,
  disrupted: false,
  crashLooping: false,
  reason: null,
  youngestStartAt: 0,
});

function carryOut(place: Place, effect: Effect, generation: number): void {
  if (effect.kind === 'applyCapacity')
    place.revisions.set(effect.revision, ready(effect.instances, generation));
  if (effect.kind === 'retireRevision') place.revisions.delete(effect.revision);
  if (effect.kind !== 'applySplit') return;
  place.split = effect.split;
  place.generation = generation;
}

function metricsOf(
  track: TrackState,
  at: number,
  requestsPerSecond: number,
): Awaited<ReturnType<World['observe']>>['metrics'] {
  const { active } = track;
  if (!active?.evidence) return { kind: 'not-asked' };
  const end = Math.floor(at / SECOND_MS) * SECOND_MS;
  const share = shareOf(track.split, active.candidate) / 10_000;
  const ticks: Tick[] = [];
  for (let start = active.evidence.cursor; start < end; start += SECOND_MS)
    ticks.push({
      at: start,
      durationMs: SECOND_MS,
      candidate: { requests: Math.round(requestsPerSecond * share), errors: 0, latency: [] },
      stable: { requests: Math.round(requestsPerSecond * (1 - share)), errors: 0, latency: [] },
      warmingUp: false,
    });
  return { kind: 'ticks', ticks, cursor: Math.max(end, active.evidence.cursor), expressions: [] };
}
