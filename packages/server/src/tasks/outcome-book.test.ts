import { expect, it } from 'vitest';
import { trackIdFrom, revisionId } from '@sluice/core/kernel/ids.ts';
import { NO_REPORT } from '@sluice/core/tasks/attempt-report.ts';
import type { OutcomeSecond } from '../store/tasks/task-outcomes.ts';
import { outcomeBook } from './outcome-book.ts';

const subject = {
  ...{ tenant: 'default', queue: trackIdFrom('shop/default/triage'), revision: revisionId('v1') },
  at: 5_400,
};

it('writes attempts and late scores of a second together, and a second again when more comes', async () => {
  const written: OutcomeSecond[] = [];
  const book = outcomeBook({
    write: async (_tenant, seconds) => void written.push(...seconds),
    failed: (thrown) => {
      throw thrown;
    },
  });
  const outcome = { ...subject, durationMs: 20, costMicros: 3_000, report: NO_REPORT };
  book.note({ ...outcome, failureClass: 'tool' });
  book.note({ ...outcome, failureClass: null });
  await book.flush();
  book.score({ ...subject, scores: { helpful: 0.25 } });
  await book.close();
  expect(written).toHaveLength(2);
  expect(written[0]).toMatchObject({ second: 5_000, attempts: 2, failures: 1 });
  expect(written[1]).toMatchObject({
    attempts: 2,
    counts: { classes: { tool: 1 }, scores: { helpful: [[25, 1]] } },
  });
});

it('counts no more names of scores in a second than anybody can judge, and those that came first go on', async () => {
  const written: OutcomeSecond[] = [];
  const book = outcomeBook({
    write: async (_tenant, seconds) => void written.push(...seconds),
    failed: (thrown) => {
      throw thrown;
    },
  });
  for (let n = 0; n < 400; n++) book.score({ ...subject, scores: { [`s${n}`]: 1, helpful: 0.5 } });
  await book.close();
  const [second] = written;
  const scores = (second?.counts as { scores: Record<string, [number, number][]> } | undefined)?.scores ?? {};
  expect(Object.keys(scores)).toHaveLength(256);
  expect(scores['helpful']).toEqual([[50, 400]]);
});
