import { expect, it } from 'vitest';
import { DEFAULT_BREAKER } from '@sluice/core/tasks/circuit-breaker.ts';
import { breakerBoard } from './breaker-board.ts';

const start = () => {
  let at = 1_000_000;
  const board = breakerBoard(() => at, { ...DEFAULT_BREAKER, least: 2, openMs: 1_000 });
  const call = (names: readonly string[], failed: readonly string[]): boolean => {
    const asked = board.ask(names);
    if ('retryAt' in asked) return false;
    asked.ended(failed);
    return true;
  };
  return { board, call, pass: (ms: number) => (at += ms) };
};

it('opens for what fails, and not for its neighbour behind the same address', () => {
  const { board, call } = start();
  for (const _ of [1, 2]) call(['tool a', 'shop'], ['tool a']);
  expect([board.state('tool a'), board.state('shop')]).toEqual(['open', 'closed']);
  expect(call(['tool a', 'shop'], [])).toBe(false);
  expect(call(['tool b', 'shop'], [])).toBe(true);
});

it('lets one probe pass after a while, and closes when that goes well', () => {
  const { board, call, pass } = start();
  for (const _ of [1, 2]) call(['a'], ['a']);
  pass(1_000);
  expect(board.state('a')).toBe('half-open');
  const probe = board.ask(['a']);
  expect('retryAt' in probe).toBe(false);
  expect(call(['a'], [])).toBe(false);
  if (!('retryAt' in probe)) probe.ended([]);
  expect(board.state('a')).toBe('closed');
});

it('takes no probe of one away when another one is open', () => {
  const { board, call, pass } = start();
  for (const _ of [1, 2]) call(['a'], ['a']);
  pass(1_000);
  for (const _ of [1, 2]) call(['b'], ['b']);
  expect(call(['a', 'b'], [])).toBe(false);
  const probe = board.ask(['a']);
  expect('retryAt' in probe).toBe(false);
  if (!('retryAt' in probe)) probe.withdrawn();
  expect(call(['a'], [])).toBe(true);
});
