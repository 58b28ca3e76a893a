import { expect, it } from 'vitest';
import { writeBell } from './write-bell.ts';

const LONG_MS = 60_000;
const never = new AbortController().signal;

it('tells everybody who waits that something may have been written', async () => {
  const bell = writeBell();
  const waiting = [bell.next(LONG_MS, never), bell.next(LONG_MS, never)];
  bell.ring();
  await expect(Promise.all(waiting)).resolves.toHaveLength(2);
});

it('lets nobody wait for longer than asked, should a ring have been missed', async () => {
  await expect(writeBell().next(1, never)).resolves.toBeUndefined();
});

it('lets go of who does not want to wait any longer', async () => {
  const leaving = new AbortController();
  const waiting = writeBell().next(LONG_MS, leaving.signal);
  leaving.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(writeBell().next(LONG_MS, leaving.signal)).resolves.toBeUndefined();
});
