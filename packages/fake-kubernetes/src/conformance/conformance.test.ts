import { describe, expect, it } from 'vitest';
import type { Json } from '../json/json-tree.ts';
import { findDifferences } from './find-differences.ts';
import { type KnownDifference, knownDifferences } from './known-differences.ts';
import { type RecordedLine, readRecording, topicsAlone, topicsBeyond, writePlace } from './recording.ts';
import { type Transport, replayTopic } from './replay-topic.ts';

/** The number of recorded lines of all topics, so that none gets lost unseen. */
const recordedLines = 872;

describe('the fake API server', () => {
  it.each([...topicsAlone, ...topicsBeyond])('answers as the recorded server did: %s', async (topic) => {
    await compare(topic, 'in-process');
  });

  // Watches are told in process only, where it is known when everything that was on its way has come.
  it.each([
    'refusals',
    'apply',
    'apply-custom',
    'validation',
    'patches',
    'concurrency',
    'leases',
    'eviction-alone',
  ])('answers the same over HTTP: %s', (topic) => compare(topic, 'http'));
});

describe('the comparison with the recordings', () => {
  it('covers every recorded line', () => {
    const lines = [...topicsAlone, ...topicsBeyond].map((topic) => readRecording(topic).length);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBe(recordedLines);
  });

  it('sees a changed status, a changed field, a missing field, another reason and a missing event', () => {
    const change = (topic: string, step: string, edit: (line: RecordedLine) => void): string[] => {
      const lines = readRecording(topic);
      for (const line of lines) if (line.step === step) edit(line);
      return findDifferences(readRecording(topic), lines).map(({ at }) => at);
    };
    const bodyOf = (line: RecordedLine): Record<string, never> => line.response?.body as never;
    expect(
      change('apply', 'change', ({ response }) => Object.assign(response ?? {}, { status: 201 })),
    ).toEqual(['response.status']);
    expect(
      change('apply', 'change', (line) => Object.assign(bodyOf(line)['spec'] ?? {}, { replicas: 2 })),
    ).toEqual(['response.body.spec.replicas']);
    expect(change('apply', 'change', (line) => delete bodyOf(line)['spec'])).toEqual(['response.body.spec']);
    expect(
      change('concurrency', 'create again', (line) => Object.assign(bodyOf(line), { reason: 'Conflict' })),
    ).toEqual(['response.body.reason']);
    expect(change('watches', 'from the list', ({ events }) => events?.pop())).toContain('events[2]');
  });

  it('sees that a write that changed nothing was given a new version', () => {
    const lines = readRecording('apply');
    const line = lines.find(({ step }) => step === 'same again');
    writePlace(line as unknown as Json, 'response.body.metadata.resourceVersion', '999');
    const found = findDifferences(readRecording('apply'), lines);
    expect(found[0]?.step).toBe('same again');
    expect(found[0]?.at).toBe('response.body.metadata.resourceVersion');
  });
});

async function compare(topic: string, transport: Transport): Promise<void> {
  const found = findDifferences(readRecording(topic), await replayTopic(topic, transport));
  const known = knownDifferences.filter((one) => one.topic === topic).map(summarize);
  const summary = [...Map.groupBy(found, ({ step }) => step)].map(([step, each]) => ({
    step,
    at: each.map(({ at }) => at).sort(),
  }));
  expect(summary, tell(found)).toEqual(known);
}

function summarize({ step, at }: KnownDifference): { readonly step: string; readonly at: readonly string[] } {
  return { step, at: [...at].sort() };
}

function tell(found: ReturnType<typeof findDifferences>): string {
  return found
    .map(
      ({ step, at, recorded, replayed }) =>
        `${step}: ${at}\n  recorded ${JSON.stringify(recorded)}\n  replayed ${JSON.stringify(replayed)}`,
    )
    .join('\n');
}
