/**
 * How many decisions a core makes in a second: `decide` on stored states of a canary, in rounds, the median of them.
 * Each call gets a snapshot of its own moment, with one second of counters and latencies where the state asks for them.
 */
import { readFileSync } from 'node:fs';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import { commandRollout } from '@sluice/core/rollout/commands.ts';
import { decide } from '@sluice/core/rollout/decide.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { transition } from '@sluice/core/rollout/transition.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { RESULTS, writeResultFile } from '../result-file.ts';

const FIXTURE = new URL('../../../server/src/loop/testing/rollout-of-an-older-build.json', import.meta.url);
const ROUNDS = 9;
const ROUND_MS = 400;
/** When the stored rollout was looked at last. */
const NOW = 1_760_000_010_000;

const running: TrackState = {
  ...newTrack(trackId('shop', 'local', 'web')),
  ...JSON.parse(readFileSync(FIXTURE, 'utf8')),
};
const idle: TrackState = { ...running, active: null };
const held = commanded(running, 'pause');
const rollingBack = commanded(running, 'abort');

const loadBefore = loadAverage();
const rows = Object.entries({
  idle,
  'running, one second of evidence': running,
  'held, one second of evidence': held,
  'rolling back': rollingBack,
}).map(([state, track]) => [state, Math.round(median(rates(track)))] as const);
const path = writeResultFile(RESULTS, 'decide.md', {
  title: 'Decisions per second',
  method: [
    `One core, ${ROUNDS} rounds of ${ROUND_MS} ms for each state after one to warm up; the median. A second of evidence has 100 requests and 40 latency buckets on each side. The explanation in words is part of a decision, as in production.`,
  ],
  again: 'node packages/benchmarks/src/decide/main.ts',
  loadBefore,
  goals: [],
  sections: [
    {
      title: 'Figures',
      text: [
        '| state of the track | decisions/s |',
        '| --- | --- |',
        ...rows.map(([state, rate]) => `| ${state} | ${rate.toLocaleString('en')} |`),
      ],
    },
  ],
});
process.stdout.write(
  `${rows.map(([state, rate]) => `${state}: ${rate}/s`).join('\n')}\nwrote ${path.split('/').at(-1)}\n`,
);

function commanded(track: TrackState, command: 'pause' | 'abort'): TrackState {
  const events = commandRollout(track, { command, by: 'bench' }, NOW);
  return events.ok ? events.value.reduce(transition, track) : track;
}

function rates(track: TrackState): readonly number[] {
  round(track);
  return Array.from({ length: ROUNDS }, () => round(track));
}

function round(track: TrackState): number {
  const observation = observationOf(track);
  const begun = performance.now();
  let calls = 0;
  while (performance.now() - begun < ROUND_MS) {
    for (let batch = 0; batch < 20; batch++) decide(track, observation);
    calls += 20;
  }
  return (calls * 1000) / (performance.now() - begun);
}

function observationOf(track: TrackState): Observation {
  const arm = {
    requests: 100,
    errors: 0,
    latency: Array.from({ length: 40 }, (_, at) => [600 + at, 2 + (at % 3)] as const),
  };
  const revisions = Object.entries(track.capacity).map(([revision, { instances }]) => {
    const seen = {
      generation: track.version,
      ordered: instances,
      ready: instances,
      crashLooping: false,
      reason: null,
      youngestStartAt: 0,
    };
    return [revision, seen] as const;
  });
  const at = track.active?.evidence?.cursor ?? NOW;
  const tick = { at, durationMs: 1000, candidate: arm, stable: arm, warmingUp: false };
  return {
    now: NOW,
    target: { kind: 'observed', revisions: Object.fromEntries(revisions) },
    router: { kind: 'observed', inForce: track.split, generation: track.version },
    metrics: track.active
      ? { kind: 'ticks', ticks: [tick], cursor: at + 1000, expressions: [] }
      : { kind: 'not-asked' },
    baseline: EMPTY_BASELINE,
  };
}
