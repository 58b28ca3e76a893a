import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testRevisionId, testTrack } from '../targets/testing/test-revision.ts';
import type { ArmCounts, MetricsProvider, TrafficTick } from './metrics-provider.ts';

/** Requests that were sent to one revision. */
export interface SentRequests {
  readonly revision: RevisionId;
  readonly requests: number;
  /** How many of them are answered with 500; the others with 200. */
  readonly errors: number;
  /** How many of them are on the path of the goal `/bought`. */
  readonly goals: number;
}

/** A provider with traffic that it counts, as the contract sees it. */
export interface MetricsSubject {
  readonly provider: MetricsProvider;
  /** Counts goals on `/bought`, and every request as a trial. */
  readonly goals: boolean;
  /** Starts the track with two revisions that take requests. */
  begin(track: TrackId, revisions: readonly RevisionId[]): Promise<void>;
  /** Sends requests and resolves when all were answered. */
  send(track: TrackId, sent: SentRequests): Promise<void>;
  /** The provider's clock, ms. */
  now(): number;
  /** Ticks begin at whole multiples of this, ms. */
  readonly tickMs: number;
  /** Takes the provider away, or brings it back. */
  outage(begins: boolean): Promise<void>;
  close(): Promise<void>;
}

const TRACK = testTrack('web');
const [STABLE, CANDIDATE] = [testRevisionId(1), testRevisionId(2)];
const PATIENCE = { timeout: 20_000, interval: 50 };

/**
 * What every metrics provider promises, tried with real requests.
 */
export function describeMetricsProviderContract(
  name: string,
  makeSubject: () => Promise<MetricsSubject>,
): void {
  describe(`${name} as a metrics provider`, () => {
    let subject: MetricsSubject;

    beforeAll(async () => {
      subject = await makeSubject();
      await subject.begin(TRACK, [STABLE, CANDIDATE]);
    });
    afterAll(() => subject.close());

    /** When the tick began that holds this moment. */
    const border = () => Math.floor(subject.now() / subject.tickMs) * subject.tickMs;
    const look = async (since: number) => {
      const observed = await subject.provider.observe(TRACK, since);
      if (observed.kind !== 'ticks') throw new Error(`the provider is out: ${observed.message}`);
      return observed;
    };
    /** All ticks from a moment until one that begins after another moment, gathered as the loop does. */
    const gather = async (since: number, until: number): Promise<readonly TrafficTick[]> => {
      const ticks: TrafficTick[] = [];
      let cursor = since;
      await vi.waitFor(async () => {
        const observed = await look(cursor);
        ticks.push(...observed.ticks);
        cursor = observed.cursor;
        expect(cursor).toBeGreaterThan(until);
      }, PATIENCE);
      return ticks;
    };
    const sumOf = (ticks: readonly TrafficTick[], revision: RevisionId, count: (arm: ArmCounts) => number) =>
      ticks.reduce((sum, { arms }) => sum + (arms[revision] ? count(arms[revision]) : 0), 0);
    const latencies = ({ latency }: ArmCounts) => latency.reduce((sum, [, count]) => sum + count, 0);

    it('counts every request once, with its error, its latency and its goal, for the revision that had it', async () => {
      const since = border();
      const stable = { revision: STABLE, requests: 120, errors: 0, goals: 30 };
      const candidate = { revision: CANDIDATE, requests: 40, errors: 15, goals: 5 };
      await subject.send(TRACK, stable);
      await subject.send(TRACK, candidate);
      const ticks = await gather(since, subject.now());
      for (const { revision, requests, errors, goals } of [stable, candidate]) {
        expect(sumOf(ticks, revision, (arm) => arm.requests)).toBe(requests);
        expect(sumOf(ticks, revision, (arm) => arm.errors)).toBe(errors);
        expect(sumOf(ticks, revision, latencies)).toBe(requests);
        if (!subject.goals) continue;
        expect(sumOf(ticks, revision, (arm) => arm.trials)).toBe(requests);
        expect(sumOf(ticks, revision, (arm) => arm.goals)).toBe(goals);
      }
    });

    it('gives ticks that follow one another without a gap and without one twice', async () => {
      const since = border();
      await subject.send(TRACK, { revision: STABLE, requests: 10, errors: 0, goals: 0 });
      const ticks = await gather(since, subject.now() + 2 * subject.tickMs);
      expect(ticks.length).toBeGreaterThan(1);
      for (const [at, tick] of ticks.entries()) {
        const next = ticks[at + 1];
        if (next) expect(next.at).toBe(tick.at + tick.durationMs);
      }
    });

    it('begins with the first tick that began at or after the moment asked for', async () => {
      const [first] = await gather(border(), subject.now() + subject.tickMs);
      const { at = 0, durationMs = 0 } = first ?? {};
      for (const since of [at, at - 1, at - durationMs + 1])
        expect((await look(since)).ticks[0]?.at).toBe(at);
      expect((await look(at + 1)).ticks[0]?.at).not.toBe(at);
    });

    it('gives the same answer again for the same moment: a tick that was given is complete', async () => {
      const since = border();
      await subject.send(TRACK, { revision: STABLE, requests: 25, errors: 5, goals: 0 });
      const ticks = await gather(since, subject.now());
      const again = (await look(since)).ticks.slice(0, ticks.length);
      expect(again).toEqual(ticks);
      for (const { at, durationMs } of again) expect(at + durationMs).toBeLessThanOrEqual(subject.now());
    });

    it('answers silence with ticks in which nothing was counted', async () => {
      const since = border() + subject.tickMs;
      const ticks = await gather(since, since + subject.tickMs);
      expect(ticks.length).toBeGreaterThan(0);
      for (const revision of [STABLE, CANDIDATE])
        expect(sumOf(ticks, revision, (arm) => arm.requests)).toBe(0);
    });

    it('has nothing to say of the future, and does not move the cursor for it', async () => {
      const future = border() + 3_600 * subject.tickMs;
      expect(await look(future)).toEqual({ kind: 'ticks', ticks: [], cursor: future });
    });

    it('never moves the cursor back', async () => {
      const since = subject.now();
      expect((await look(since)).cursor).toBeGreaterThanOrEqual(since);
      expect((await look(0)).cursor).toBeGreaterThan(0);
    });

    it('says nothing of a track that it does not know', async () => {
      const since = border() - 10 * subject.tickMs;
      const observed = await subject.provider.observe(testTrack('unheard-of'), since);
      expect(observed).toMatchObject({ kind: 'ticks' });
      if (observed.kind === 'ticks')
        expect(observed.ticks.every(({ arms }) => Object.keys(arms).length === 0)).toBe(true);
    });

    it('answers an outage with a value that says what is wrong, and goes on after it', async () => {
      await subject.outage(true);
      const observed = await subject.provider.observe(TRACK, subject.now());
      expect(observed).toEqual({ kind: 'provider-error', message: expect.stringMatching(/\w/) });
      await subject.outage(false);
      const since = border();
      await subject.send(TRACK, { revision: CANDIDATE, requests: 20, errors: 0, goals: 0 });
      const ticks = await gather(since, subject.now());
      expect(sumOf(ticks, CANDIDATE, (arm) => arm.requests)).toBe(20);
    });
  });
}
