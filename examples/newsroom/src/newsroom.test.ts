import { readFileSync } from 'node:fs';
import { TaskError } from '@sluice/worker/task-error.ts';
import { expect, it, test } from 'vitest';
import { type Desk, edit } from './edit.ts';
import { parseOrder } from './order.ts';
import { report } from './report.ts';

const article = { title: 'Locks', text: 'The old lock reopened. It was shut for a year.' };
const delegated: unknown[] = [];
const desk: Desk = {
  log: async () => undefined,
  delegate: async (...asked) => {
    delegated.push(asked);
    return { continuedBy: 'later' };
  },
};

it('a reporter says in a line what an article is about', () => {
  expect(report({ do: 'report', article })).toEqual({ headline: 'Locks: The old lock reopened.', words: 10 });
  const long = { title: 'Long', text: 'word '.repeat(50) };
  expect(report({ do: 'report', article: long }).headline).toHaveLength(60);
});

it('an editor has articles reported, and goes on with what came of it', async () => {
  expect(await edit({ do: 'plan', title: 'Monday', articles: [article] }, desk)).toEqual({
    continuedBy: 'later',
  });
  expect(delegated).toEqual([
    [
      [{ name: 'report-1', agent: 'newsroom/local/reporter', input: { do: 'report', article } }],
      { join: 'settled', input: { do: 'page', title: 'Monday', stories: [{ $result: 'report-1' }] } },
    ],
  ]);
});

it('an editor makes a page of what was reported, and says what is missing', () => {
  const stories = [report({ do: 'report', article }), null];
  expect(edit({ do: 'page', title: 'Monday', stories }, desk)).toEqual({
    page: ['MONDAY', '- Locks: The old lock reopened. (10 words)'],
    missing: 1,
  });
});

test.each([
  ['no order', () => parseOrder({ do: 'sleep' }), TypeError],
  ['an empty article', () => report({ do: 'report', article: { title: 'x', text: ' ' } }), TaskError],
  ['an editor who is to report', () => edit({ do: 'report', article }, desk), TaskError],
  ['a page without a story', () => edit({ do: 'page', title: 'x', stories: [null] }, desk), TaskError],
])('%s is refused', (_, act, thrown) => {
  expect(act).toThrow(thrown);
});

it('the workflow that the guide submits has orders that the newsroom takes', () => {
  const text = readFileSync(new URL('../page.json', import.meta.url), 'utf8');
  const { tasks } = JSON.parse(text) as {
    tasks: readonly { input: unknown; compensation?: { input: unknown } }[];
  };
  expect(tasks.map(({ input }) => parseOrder(input).do)).toEqual(['report', 'report', 'page', 'page']);
  expect(
    tasks.flatMap(({ compensation }) => (compensation ? [parseOrder(compensation.input).do] : [])),
  ).toEqual(['withdraw']);
});
