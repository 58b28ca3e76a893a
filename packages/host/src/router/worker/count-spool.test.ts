import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FinishedSecond } from '../worker-message.ts';
import { CountSpool, SPOOLED_SECONDS } from './count-spool.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const second = (at: number, refused = 1): FinishedSecond => ({
  kind: 'second',
  at,
  completeUntil: at,
  arms: [],
  refused,
  unmirrored: 0,
});

const spooled = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as FinishedSecond).at);

test('however long a worker is an orphan, its file keeps the latest seconds and does not grow', () => {
  const path = join(folder, 'counts');
  const spool = new CountSpool(path);
  const last = 5 * SPOOLED_SECONDS;
  for (let at = 1; at <= last; at++) spool.append([second(at)]);
  const kept = spooled(path);
  expect(kept.length).toBeLessThanOrEqual(2 * SPOOLED_SECONDS);
  expect(kept.slice(-SPOOLED_SECONDS)).toEqual(
    Array.from({ length: SPOOLED_SECONDS }, (_, index) => last - SPOOLED_SECONDS + 1 + index),
  );
});

test('seconds in which nothing happened are left out', () => {
  const path = join(folder, 'counts');
  new CountSpool(path).append([second(1), second(2, 0), second(3)]);
  expect(spooled(path)).toEqual([1, 3]);
});

test('a disk that takes nothing does not end the worker', () => {
  new CountSpool(join(folder, 'no', 'such', 'folder')).append([second(1)]);
});
