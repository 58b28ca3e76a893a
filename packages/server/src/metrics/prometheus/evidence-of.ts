import { hash32 } from '@sluice/core/kernel/hash.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type LastScrapes, lastScrapes, PATIENCE_TICKS } from './complete-until.ts';
import { counterTrails, histogramTrails, type HistogramCounts, type Trail } from './counter-trail.ts';
import type { CounterQuery, EvidenceSource } from './evidence-source.ts';
import { findBeginnings, type Beginnings } from './find-beginnings.ts';
import type { Series } from './prometheus-answer.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { readCounters, type Stretch } from './read-counters.ts';
import { shareOverTicks } from './share-over-ticks.ts';
import { spreadLatency } from './spread-latency.ts';
import { targetScrapes } from './target-scrapes.ts';
import { TickBoard } from './tick-board.ts';
import { bucketSteps, counterSteps, type StepContext } from './trail-steps.ts';

/** What is to be read. */
export interface EvidenceQuestion {
  readonly client: PrometheusClient;
  readonly source: EvidenceSource;
  readonly stretch: Stretch;
  /** Steps before this are not asked for. */
  readonly first: Instant;
  readonly tickMs: number;
}

/** What was counted, and when anything was scraped; or what is wrong, in words. */
export type Evidence =
  | {
      readonly ok: true;
      readonly board: TickBoard;
      /** Of each query that gives scrapes. */
      readonly scrapes: readonly LastScrapes[];
      /** Moments of scrapes. */
      readonly sampled: readonly Instant[];
    }
  | { readonly ok: false; readonly message: string };

/** Reads requests, errors and latencies: two queries, and two more for each in which a series has just begun. */
export async function evidenceOf(question: EvidenceQuestion): Promise<Evidence> {
  const { source, tickMs } = question;
  const [requests, latency] = await Promise.all([
    readTrails(question, source.requests, counterTrails),
    source.latency ? readTrails(question, source.latency, histogramTrails) : null,
  ]);
  if (!requests.ok) return requests;
  if (latency && !latency.ok) return latency;
  const board = new TickBoard(tickMs);
  addCounters(board, question, requests);
  if (latency) addHistograms(board, question, latency);
  // Values at the borders of ticks say nothing about when anything was scraped.
  const raw = [
    ...(source.requests.kind === 'selector' ? [requests.trails] : []),
    ...(latency && source.latency?.kind === 'selector' ? [latency.trails] : []),
  ];
  return { ok: true, board, scrapes: raw.map(lastScrapes), sampled: momentsOf(raw) };
}

interface TrailsRead<Value> {
  readonly ok: true;
  readonly trails: readonly Trail<Value>[];
  readonly beginnings: Extract<Beginnings<Value>, { ok: true }>;
}

async function readTrails<Value>(
  { client, stretch, first, tickMs }: EvidenceQuestion,
  query: CounterQuery,
  trailsOf: (series: readonly Series[]) => readonly Trail<Value>[],
): Promise<TrailsRead<Value> | { readonly ok: false; readonly message: string }> {
  const read = await readCounters(client, query, stretch, tickMs);
  if (!read.ok) return read;
  const trails = trailsOf(read.series).filter(({ points }) => points.length > 0);
  const beginnings = await findBeginnings({ client, query, stretch, first, tickMs, trailsOf }, trails);
  return beginnings.ok ? { ok: true, trails, beginnings } : beginnings;
}

function addCounters(board: TickBoard, question: EvidenceQuestion, read: TrailsRead<number>): void {
  const { source, first, tickMs } = question;
  const context = contextOf(read.trails, tickMs);
  for (const trail of read.trails) {
    const role = source.roleOf(trail.labels);
    if (role === null) continue;
    const seed = hash32(trail.key);
    for (const step of counterSteps(trail, read.beginnings.of(trail.key), context)) {
      if (step.at < first) continue;
      for (const { tickAt, from, to } of shareOverTicks(step, tickMs, seed))
        board.add({
          tickAt,
          revision: role.revision,
          requests: role.requests ? to - from : 0,
          errors: role.errors ? to - from : 0,
        });
    }
  }
}

function addHistograms(
  board: TickBoard,
  question: EvidenceQuestion,
  read: TrailsRead<HistogramCounts>,
): void {
  const { source, first, tickMs } = question;
  const context = contextOf(read.trails, tickMs);
  for (const trail of read.trails) {
    const revision = source.revisionOf(trail.labels);
    if (revision === null) continue;
    const series = hash32(trail.key);
    for (const step of bucketSteps(trail, read.beginnings.of(trail.key), context)) {
      if (step.at < first) continue;
      const seed = hash32(String(step.right), series);
      for (const { tickAt, from, to } of shareOverTicks(step, tickMs, seed)) {
        if (tickAt < first) continue;
        const { left, right } = step;
        board.addLatencies(
          tickAt,
          revision,
          spreadLatency({ left, right, from, to }, seed, source.latencyUnitMs),
        );
      }
    }
  }
}

const contextOf = (trails: readonly Trail<unknown>[], tickMs: number): StepContext => ({
  scrapes: targetScrapes(trails),
  longestMs: PATIENCE_TICKS * tickMs,
});

function momentsOf(queries: readonly (readonly Trail<unknown>[])[]): readonly Instant[] {
  const moments = new Set<Instant>();
  for (const trails of queries) for (const { points } of trails) for (const { at } of points) moments.add(at);
  return [...moments];
}
