import { expect, test } from 'vitest';
import type { ProcessRecord } from '../disk/track-record.ts';
import { adoptionOf, type Sighting } from './adoption.ts';

const RECORD: ProcessRecord = {
  nonce: 'n',
  port: 20_000,
  startedAt: 0,
  bootId: 'boot',
  pid: 77,
  startTicks: 5,
};
const UNRECORDED: ProcessRecord = { ...RECORD, pid: null, startTicks: null };
const carrier = (pid: number, group: number, mark = 'mark') => ({
  pid,
  group,
  mark,
  parent: 1,
  startTicks: 5,
  cpuTicks: 0,
  zombie: false,
});
const seen = (changes: Partial<Sighting> = {}): Sighting => ({
  bootId: 'boot',
  marked: [],
  isRunning: ({ pid, startTicks }) => pid === 77 && startTicks === 5,
  ...changes,
});

test('a process whose pid and start time are the recorded ones is adopted, with or without its mark', () => {
  expect(adoptionOf(RECORD, 'mark', seen())).toEqual({ kind: 'running', pid: 77, startTicks: 5 });
});

test('a process with the recorded pid and another start time is a stranger', () => {
  expect(adoptionOf({ ...RECORD, startTicks: 4 }, 'mark', seen())).toEqual({ kind: 'lost' });
});

test('a record from before the last boot means no process, even if the numbers fit', () => {
  expect(adoptionOf({ ...RECORD, bootId: 'earlier' }, 'mark', seen())).toEqual({ kind: 'none' });
});

test('a process whose pid never reached the record is found by its mark, and only its leader', () => {
  const marked = [carrier(80, 79), carrier(79, 79), carrier(81, 81, 'other')];
  expect(adoptionOf(UNRECORDED, 'mark', seen({ marked }))).toEqual({
    kind: 'running',
    pid: 79,
    startTicks: 5,
  });
  expect(adoptionOf(UNRECORDED, 'mark', seen({ marked: [carrier(80, 79)] }))).toEqual({ kind: 'none' });
});

test('without a record there is nothing to adopt', () => {
  expect(adoptionOf(null, 'mark', seen({ marked: [carrier(79, 79)] }))).toEqual({ kind: 'none' });
});
