import { expect, it } from 'vitest';
import { restBell } from './rest-bell.ts';

const LONG_MS = 60_000;

it('a ring ends a rest', async () => {
  const bell = restBell();
  const rest = bell.rest(LONG_MS).then(() => 'ended');
  bell.ring();
  expect(await rest).toBe('ended');
});

it('a ring while nobody rests ends the next rest at once, and only that one', async () => {
  const bell = restBell();
  bell.ring();
  bell.ring();
  await bell.rest(LONG_MS);
  const later = bell.rest(LONG_MS).then(() => 'rang');
  expect(await Promise.race([later, everythingElse()])).toBe('silent');
  bell.ring();
  expect(await later).toBe('rang');
});

it('a rest ends by itself when its time is over', async () => {
  await expect(restBell().rest(1)).resolves.toBeUndefined();
});

/** Settles after everything that a promise chain could do by itself. */
const everythingElse = (): Promise<string> => new Promise((resolve) => setImmediate(() => resolve('silent')));
