import { setTimeout as delay } from 'node:timers/promises';
import { spreadWakes } from '../rig/seed-store.ts';
import type { ServerRig } from '../rig/server-rig.ts';
import { judgedRequests, liveRollouts } from '../rig/stored-rollouts.ts';
import { measureServer, type ServerFigures } from './measure-server.ts';

/** A run of one server at one pace. */
export interface PaceRun extends PaceWish {
  /** Rollouts that were live in the end. */
  readonly liveInTheEnd: number;
  readonly evidence: EvidenceGrowth;
  readonly figures: readonly ServerFigures[];
  readonly whole: ServerFigures;
}

/** What was judged meanwhile, of a sample of the rollouts. */
export interface EvidenceGrowth {
  readonly sampled: number;
  /** Of them, those whose stored evidence has more requests than before. */
  readonly grown: number;
  /** Requests per rollout and second by which it grew. */
  readonly requestsPerSecond: number;
}

/** What is to be run. */
export interface PaceWish {
  readonly rollouts: number;
  /** How often the server is asked to look at each rollout. */
  readonly paceMs: number;
  /** Before anything is measured: a server that has just started compiles its code and finds its pace. */
  readonly settleSeconds: number;
  readonly parts: number;
  readonly partSeconds: number;
}

/** Between the moment at which wakes are spread and the first one: a server starts meanwhile. */
const START_MS = 3000;

/** Starts a server over the seeded store, lets it settle, measures it and stops it. */
export async function runPace(rig: ServerRig, wish: PaceWish): Promise<PaceRun> {
  await spreadWakes(rig.db, Date.now() + START_MS, wish.paceMs);
  const server = await rig.startServer(wish.paceMs);
  try {
    await delay(wish.settleSeconds * 1000); // It has to run for a while.
    const before = await judgedRequests(rig.db, wish.rollouts);
    const begun = performance.now();
    const { parts, whole } = await measureServer(rig, server, wish);
    const after = await judgedRequests(rig.db, wish.rollouts);
    const evidence = growthBetween(before, after, (performance.now() - begun) / 1000);
    return { ...wish, liveInTheEnd: await liveRollouts(rig.db), evidence, figures: parts, whole };
  } finally {
    await server.stop();
  }
}

function growthBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  seconds: number,
): EvidenceGrowth {
  const grown = [...after].flatMap(([track, requests]) => {
    const known = before.get(track);
    return known === undefined ? [] : [requests - known];
  });
  const sum = grown.reduce((total, requests) => total + requests, 0);
  return {
    sampled: grown.length,
    grown: grown.filter((requests) => requests > 0).length,
    requestsPerSecond: sum / grown.length / seconds,
  };
}
