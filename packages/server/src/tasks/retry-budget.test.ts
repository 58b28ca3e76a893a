import { expect, it } from 'vitest';
import { trackId } from '@sluice/core/kernel/ids.ts';
import { retryBudget } from './retry-budget.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'local', 'agent');
const OTHER = trackId('shop', 'local', 'other');

it('allows a few retries of anything, and then a part of the attempts of the last minute', () => {
  const budget = retryBudget({ part: 0.5, least: 2 });
  for (let retry = 0; retry < 2; retry++) {
    expect(budget.hasLeft(TENANT, QUEUE, 1_000)).toBe(true);
    budget.note(TENANT, QUEUE, 1_000, 'retry');
  }
  expect(budget.hasLeft(TENANT, QUEUE, 1_000)).toBe(false);
  expect(budget.hasLeft(TENANT, OTHER, 1_000)).toBe(true);
  for (let attempt = 0; attempt < 3; attempt++) budget.note(TENANT, QUEUE, 15_000, 'attempt');
  expect(budget.hasLeft(TENANT, QUEUE, 15_000)).toBe(true);
});

it('forgets what is older than a minute', () => {
  const budget = retryBudget({ part: 0, least: 1 });
  budget.note(TENANT, QUEUE, 1_000, 'retry');
  expect(budget.hasLeft(TENANT, QUEUE, 59_000)).toBe(false);
  expect(budget.hasLeft(TENANT, QUEUE, 61_000)).toBe(true);
});
