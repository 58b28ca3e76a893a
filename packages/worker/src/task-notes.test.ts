import { expect, it } from 'vitest';
import { taskNotes } from './task-notes.ts';

const begun = () =>
  taskNotes(
    { taskId: 't-1', attempt: 1 },
    {
      ...{ signal: new AbortController().signal, tell: async () => undefined },
      ...{ late: () => undefined, chance: () => 0 },
    },
  );

it('a score that nobody would keep is refused where it is given, and the others stay', () => {
  const { context, scores } = begun();
  context.score('polite', 0.5);
  for (const [name, value] of [
    ['polite', 1.1],
    ['polite', Number.NaN],
    ['', 1],
    ['very polite', 1],
  ] as const)
    expect(() => context.score(name, value)).toThrow('score');
  expect(scores()).toEqual({ polite: 0.5 });
});

it('an attempt has as many scores as are kept; one of them may be given anew', () => {
  const { context, scores } = begun();
  for (let nth = 1; nth <= 32; nth++) context.score(`s${nth}`, 1);
  expect(() => context.score('s33', 1)).toThrow('one more than the 32');
  context.score('s1', 0);
  expect(Object.keys(scores())).toHaveLength(32);
  expect(scores()['s1']).toBe(0);
});
