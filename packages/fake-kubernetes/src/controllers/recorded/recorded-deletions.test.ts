import { afterEach, expect, it } from 'vitest';
import type { ApiWatchEvent } from '../../api/api-caller.ts';
import { type WholeCluster, fakeClusterWithNodes } from '../fake-cluster-with-nodes.ts';
import type { ApiObject } from '../objects/api-object.ts';
import { systemClock } from '../watching/clock.ts';
import { readConversation, valueAt } from './conversation.ts';
import { type Replayed, replay } from './replay.ts';

let whole: WholeCluster | undefined;

afterEach(async () => {
  await whole?.close();
  whole = undefined;
});

async function replayed(topic: string): Promise<Replayed> {
  whole = await fakeClusterWithNodes({ nodes: { delayMs: 50 } });
  return replay(whole.caller, readConversation(topic), systemClock);
}

function statuses(answer: (step: string) => unknown, topic: string): readonly string[] {
  return readConversation(topic)
    .filter(({ request, during }) => request !== undefined && during === undefined)
    .map(({ step }) => {
      const told = answer(step);
      return JSON.stringify([step, valueAt(told, 'status'), valueAt(told, 'body.reason')]);
    });
}

function recorded(topic: string): (step: string) => unknown {
  const lines = readConversation(topic);
  return (step) => lines.find((line) => line.step === step)?.response;
}

/** `DELETED fore`, in the order in which the watch told. */
function told(events: readonly ApiWatchEvent[] | undefined): readonly string[] {
  return (events ?? []).map(({ type, object }) => `${type} ${(object as ApiObject).metadata.name}`);
}

it('garbage is collected as it was recorded: in the background, before the owner, and not at all for orphans', async () => {
  const { answers, events } = await replayed('garbage-collection');
  const topic = 'garbage-collection';
  expect(statuses((step) => answers.get(step), topic)).toEqual(statuses(recorded(topic), topic));
  const course = told(events.get('all config maps'));
  const at = (event: string): number => course.indexOf(event);
  expect(at('DELETED back')).toBeLessThan(at('DELETED back-child'));
  expect(at('DELETED fore-free')).toBeLessThan(at('DELETED fore'));
  expect(at('DELETED fore-child')).toBeLessThan(at('DELETED fore'));
  expect(at('DELETED orphaning')).toBeGreaterThan(at('MODIFIED orphan'));
  expect(at('DELETED nobody')).toBeGreaterThan(0);
});

it('evictions are refused and permitted as they were recorded', async () => {
  const { answers, events } = await replayed('eviction');
  expect(statuses((step) => answers.get(step), 'eviction')).toEqual(
    statuses(recorded('eviction'), 'eviction'),
  );
  const steps = ['budget allows none', 'budget has one to give', 'budget has one to give again'];
  for (const step of steps) {
    const counts = (answer: unknown): unknown => ({
      ...(valueAt(answer, 'body.status') as object),
      conditions: valueAt(answer, 'body.status.conditions.0.reason'),
    });
    expect(counts(answers.get(step))).toEqual(counts(recorded('eviction')(step)));
  }
  const given = (events.get('budget') ?? []).map(({ object }) =>
    valueAt(object, 'status.disruptionsAllowed'),
  );
  expect(given.at(0)).toBe(1);
  expect(given).toContain(0);
});
