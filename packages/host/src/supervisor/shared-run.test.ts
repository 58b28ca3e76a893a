import { expect, test } from 'vitest';
import { SharedRun } from './shared-run.ts';

test('calls during a run share the next one, and each sees what was true when it called', async () => {
  let truth = 0;
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const shared = new SharedRun(async () => {
    runs += 1;
    const seen = truth;
    await gate.promise;
    return seen;
  });
  const first = shared.next();
  await Promise.resolve();
  await Promise.resolve();
  truth = 1;
  const later = [shared.next(), shared.next(), shared.next()];
  gate.resolve();
  expect(await first).toBe(0);
  expect(await Promise.all(later)).toEqual([1, 1, 1]);
  expect(runs).toBe(2);
});

test('a run that fails fails for those who share it, and the next one begins', async () => {
  let fails = true;
  const shared = new SharedRun(async () => {
    if (fails) throw new Error('no');
    return 'yes';
  });
  await expect(Promise.all([shared.next(), shared.next()])).rejects.toThrow('no');
  fails = false;
  expect(await shared.next()).toBe('yes');
});
