import { expect, it } from 'vitest';
import { SAMPLE_ANALYSIS, SAMPLE_BASE } from '@sluice/core/rollout/testing/sample-component.ts';
import { stableWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import type { MeasurementSpec } from '@sluice/core/rollout/measurement-spec.ts';
import type { FinishedMeasurement, MeasurementOrder } from '../measurements/measurement-desk.ts';
import { askMeasurements } from './ask-measurements.ts';

const SALES: MeasurementSpec = {
  name: 'sales',
  query: { provider: 'task', task: {}, timeoutMs: 1000 },
  condition: { language: 'outcome' },
  initialDelayMs: 0,
  intervalMs: 5000,
  count: 3,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: null,
  dryRun: false,
};

const PLACE = { asking: { evidence: null, readKept: null, runTask: null } };

function measuringWorld() {
  const world = stableWorld('v1');
  const steps = [
    { kind: 'judge', durationMs: 1000, criteria: [], early: false, winner: null, measurements: [SALES] },
  ] as const;
  world.release('v2', {
    strategy: { ...SAMPLE_BASE, checks: [], analysis: SAMPLE_ANALYSIS, kind: 'steps', steps },
  });
  world.reach('running', 'judge');
  world.look();
  return world;
}

it('asks for what is due in the name of its rollout, and takes an answer for the moment that it was due', () => {
  const world = measuringWorld();
  const asked: MeasurementOrder[] = [];
  const finished = { outcome: 'success', value: '7', message: 'it is 7', finishedAt: world.now } as const;
  const desk = {
    ask: (order: MeasurementOrder): FinishedMeasurement | null => {
      asked.push(order);
      return asked.length === 1 ? null : { ...finished, ...order, name: 'sales', startedAt: world.now };
    },
  };
  const look = () =>
    askMeasurements(desk, { tenant: 'default', track: world.track, place: PLACE, now: world.now });
  expect(look()).toEqual([]);
  expect(look()).toEqual([
    {
      name: 'sales',
      dueAt: asked[0]?.dueAt,
      at: world.now,
      outcome: 'success',
      value: '7',
      message: 'it is 7',
    },
  ]);
  expect(asked[0]).toMatchObject({
    key: world.track.active?.id,
    context: { candidate: 'web-v2', stable: 'web-v1' },
  });
});

it('asks for nothing that is not due yet', () => {
  const world = measuringWorld();
  const desk = { ask: () => expect.fail('it was asked') };
  const early = { tenant: 'default', track: world.track, place: PLACE, now: world.now - 60_000 };
  expect(askMeasurements(desk, early)).toEqual([]);
});
