import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { afterEach, expect, it } from 'vitest';
import type { ApiWatchEvent } from '../../api/api-caller.ts';
import { type WholeCluster, fakeClusterWithNodes } from '../fake-cluster-with-nodes.ts';
import type { Deployment, ReplicaSet, ReplicaSetStatus } from '../objects/workload.ts';
import { fasterClock } from '../watching/clock.ts';
import { type RecordedLine, readConversation, readLines, valueAt } from './conversation.ts';
import { type Replayed, replay } from './replay.ts';
import { type RolloutMoment, rolloutMoment } from './rollout-moment.ts';
import { type RolloutStrategy, brokenRules } from './rollout-rules.ts';

const topics = ['surge', 'deadline', 'undo', 'paused', 'scale-in', 'recreate', 'min-ready', 'never-ready'];

/** The recorded rollouts took up to half a minute, most of it spent waiting. */
const FASTER = 5;

let whole: WholeCluster | undefined;

afterEach(async () => {
  await whole?.close();
  whole = undefined;
});

it.each(topics)('the recorded rollout %s kept the rules', (topic) => {
  const moments = recordedMoments(topic);
  expect(moments.length).toBeGreaterThan(20);
  expect(brokenRules(moments, strategyOf(readConversation(`rollout-${topic}`)))).toEqual([]);
});

it.each(topics)('the rollout %s keeps the rules and ends as it was recorded', async (topic) => {
  const lines = readConversation(`rollout-${topic}`);
  const replayed = await replayConversation(lines);
  expect(brokenRules(momentsOf(replayed), strategyOf(lines))).toEqual([]);
  expect(endOf((step) => replayed.answers.get(step))).toEqual(endOf((step) => recordedAnswer(lines, step)));
});

it('a rollout to a broken image stops with 9 old pods and 3 new ones', async () => {
  const { answers } = await replayConversation(readConversation('rollout-deadline'));
  expect(sizesIn(answers.get('replica sets after the deadline'))).toEqual([9, 3]);
});

it('the first steps of 10 pods with surge 2 and unavailable 1 are 2 new, 9 old, 3 new', async () => {
  const lines = readConversation('rollout-surge');
  const moments = momentsOf(await replayConversation(lines));
  expect(firstSizesOfSecondSet(moments)).toEqual(firstSizesOfSecondSet(recordedMoments('surge')));
  expect(firstSizesOfSecondSet(moments)).toEqual(['new 2', 'old 9', 'new 3']);
});

it('a change of the wanted number in the middle of a pause spreads in proportion', async () => {
  const { answers } = await replayConversation(readConversation('rollout-paused'));
  const before = sizesIn(answers.get('replica sets half way'));
  const after = sizesIn(answers.get('replica sets after the proportional scale'));
  const total = before.reduce((sum, size) => sum + size, 0);
  expect(after.reduce((sum, size) => sum + size, 0)).toBe(22);
  for (const [index, size] of after.entries())
    expect(Math.abs(size - ((before[index] ?? 0) * 22) / total)).toBeLessThanOrEqual(1);
});

it.each<[string, (moments: RolloutMoment[]) => RolloutMoment[], RegExp]>([
  ['more pods than surge permits', edited('ReplicaSet', 40, { wanted: 20 }), /all sets together want/],
  ['fewer available than permitted', edited('Deployment', 20, { available: 3 }), /pods are available/],
  ['a generation observed too early', edited('Deployment', 5, { observed: 9 }), /was observed before/],
  [
    'success without progress',
    edited('Deployment', 0, { progressing: 'NewReplicaSetAvailable' }),
    /progress went from ""/,
  ],
  ['a revision left out', edited('ReplicaSet', 0, { revision: 7 }), /revision 7 follows 0/],
])('the rules notice %s', (_, edit, rule) => {
  const broken = brokenRules(
    edit([...recordedMoments('surge')]),
    strategyOf(readConversation('rollout-surge')),
  );
  expect(broken.join('\n')).toMatch(rule);
});

function edited(
  kind: RolloutMoment['kind'],
  index: number,
  change: Partial<RolloutMoment>,
): (moments: RolloutMoment[]) => RolloutMoment[] {
  return (moments) => {
    const target = moments.filter((moment) => moment.kind === kind)[index];
    return moments.map((moment) => (moment === target ? { ...moment, ...change } : moment));
  };
}

async function replayConversation(lines: readonly RecordedLine[]): Promise<Replayed> {
  const clock = fasterClock(FASTER);
  const cluster = { now: () => clock.now() };
  whole = await fakeClusterWithNodes({ cluster, controllers: { clock }, nodes: { clock } });
  return replay(whole.caller, lines, clock);
}

function recordedMoments(topic: string): readonly RolloutMoment[] {
  return readLines(new URL(`moments/rollout-${topic}.jsonl`, import.meta.url)) as readonly RolloutMoment[];
}

function momentsOf({ events }: Replayed): readonly RolloutMoment[] {
  const seen = [...(events.get('deployments') ?? []), ...(events.get('replica sets') ?? [])];
  const inOrder = seen.sort((a, b) => versionOf(a) - versionOf(b));
  return inOrder.map(({ type, object }) => rolloutMoment(type, object as Deployment | ReplicaSet));
}

function versionOf({ object }: ApiWatchEvent): number {
  return Number((object as Deployment).metadata.resourceVersion);
}

function strategyOf(lines: readonly RecordedLine[]): RolloutStrategy {
  return valueAt(recordedAnswer(lines, 'create'), 'body.spec.strategy') as RolloutStrategy;
}

function recordedAnswer(lines: readonly RecordedLine[], step: string): unknown {
  return lines.find((line) => line.step === step)?.response;
}

/** How a rollout ended, without what is chance: names, times, and the order of conditions. */
function endOf(answer: (step: string) => unknown): object {
  const deployment = valueAt(answer('deployment at the end'), 'body') as Deployment;
  const sets = valueAt(answer('replica sets at the end'), 'body.items') as readonly ReplicaSet[];
  const { conditions, ...counts } = deployment.status ?? {};
  return {
    counts,
    generation: deployment.metadata.generation,
    annotations: deployment.metadata.annotations,
    conditions: conditions
      ?.map(({ type, status, reason }) => `${type} ${status} ${reason ?? ''}`)
      .sort(byText),
    sets: sets
      .map(({ metadata, spec, status }) => [
        metadata.annotations,
        spec.replicas,
        withoutGeneration(status ?? { replicas: 0 }),
      ])
      .sort(byText),
  };
}

/** How often a set was resized depends on timing. */
function withoutGeneration({ observedGeneration: _, ...status }: ReplicaSetStatus): object {
  return status;
}

function byText(a: unknown, b: unknown): number {
  return canonicalJson(a) < canonicalJson(b) ? -1 : 1;
}

/** Sizes of the sets, the largest revision last. */
function sizesIn(answer: unknown): readonly number[] {
  const sets = valueAt(answer, 'body.items') as readonly ReplicaSet[];
  const moments = sets.map((set) => rolloutMoment('ADDED', set)).sort((a, b) => a.revision - b.revision);
  return moments.map(({ wanted }) => wanted);
}

function firstSizesOfSecondSet(moments: readonly RolloutMoment[]): readonly string[] {
  const sets = moments.filter(({ kind }) => kind === 'ReplicaSet');
  const start = sets.findIndex(({ revision }) => revision === 2);
  const sizes = new Map<number, number>([[1, 10]]);
  const told: string[] = [];
  for (const { revision, wanted } of sets.slice(start)) {
    if (sizes.get(revision) === wanted) continue;
    sizes.set(revision, wanted);
    told.push(`${revision === 1 ? 'old' : 'new'} ${wanted}`);
  }
  return told.slice(0, 3);
}
