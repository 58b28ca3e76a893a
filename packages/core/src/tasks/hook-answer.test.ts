import { expect, it } from 'vitest';
import { hookVerdict as verdictOf, type HookAnswer } from './hook-answer.ts';
import { type HookMoment, type HookSpec, hooksAt } from './hook-spec.ts';

const RULES = { most: 2, name: /^[a-z]+$/ };
const hookVerdict = (of: Parameters<typeof verdictOf>[0], answer: HookAnswer) => verdictOf(of, answer, RULES);

const hook = (at: HookMoment, onError: HookSpec['onError'] = 'refuse'): HookSpec => ({
  ...{ name: 'budget', at, onError, timeoutMs: 1_000, tools: null },
  action: { kind: 'http', url: 'http://127.0.0.1:1/' },
});
const said = (value: unknown): HookAnswer => ({ kind: 'said', value });

it.each([
  ['nothing', null, true],
  ['an empty object', {}, true],
  ['allow', { allow: true }, true],
  ['a veto', { allow: false, reason: 'no budget' }, false],
])('before something, %s means that it may happen: %s', (_, value, isAllowed) => {
  expect(hookVerdict(hook('before-task'), said(value))).toMatchObject({ isAllowed, hasFailed: false });
});

it('tells the reason of a veto, and cuts it', () => {
  const verdict = hookVerdict(hook('before-tool'), said({ allow: false, reason: 'x'.repeat(5_000) }));
  expect(verdict.message).toHaveLength(1_000);
});

it.each([
  ['a text', 'yes'],
  ['a list', []],
  ['allow that is no truth value', { allow: 'no' }],
])('takes %s for a failure of the hook, which refuses unless the file says otherwise', (_, value) => {
  expect(hookVerdict(hook('before-task'), said(value))).toMatchObject({ isAllowed: false, hasFailed: true });
  expect(hookVerdict(hook('before-task', 'allow'), said(value))).toMatchObject({ isAllowed: true });
});

it('cannot forbid what has happened', () => {
  expect(hookVerdict(hook('after-tool'), said({ allow: false }))).toMatchObject({ isAllowed: true });
  expect(hookVerdict(hook('after-task'), { kind: 'failed', message: 'down' })).toMatchObject({
    isAllowed: true,
    hasFailed: true,
  });
});

it('gives scores after a task alone, and only such as are from 0 to 1', () => {
  const scores = { helpful: 0.75, polite: 1 };
  expect(hookVerdict(hook('after-task'), said({ scores })).scores).toEqual(scores);
  expect(hookVerdict(hook('before-task'), said({ scores })).scores).toEqual({});
  for (const bad of [
    { helpful: 1.1 },
    { helpful: Number.NaN },
    { '': 1 },
    [1],
    'good',
    { helpful: '1' },
    { a: 1, b: 1, c: 1 },
  ])
    expect(hookVerdict(hook('after-task'), said({ scores: bad }))).toMatchObject({
      hasFailed: true,
      scores: {},
    });
});

it('asks only the hooks of a moment, and of a tool', () => {
  const hooks = [hook('before-task'), { ...hook('before-tool'), tools: ['refund'] }, hook('before-tool')];
  expect(hooksAt(hooks, 'before-task')).toEqual([hooks[0]]);
  expect(hooksAt(hooks, 'before-tool', 'refund')).toEqual([hooks[1], hooks[2]]);
  expect(hooksAt(hooks, 'before-tool', 'find-order')).toEqual([hooks[2]]);
});
