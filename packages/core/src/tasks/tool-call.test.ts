import { expect, it } from 'vitest';
import { afterTry, type AfterTry, pauseAfterTry, type ToolFailureReason } from './tool-call.ts';

const READS = { readOnly: true, idempotent: false, retries: 1 };
const ACTS = { readOnly: false, idempotent: false, retries: 1 };
const KNOWS_REPETITIONS = { ...ACTS, idempotent: true };

it.each<[ToolFailureReason, AfterTry[], AfterTry[], AfterTry[]]>([
  ['unreachable', ['again', 'next'], ['again', 'next'], ['again', 'next']],
  ['rate-limited', ['again', 'next'], ['again', 'next'], ['again', 'next']],
  ['rejected', ['end', 'end'], ['end', 'end'], ['end', 'end']],
  ['failed', ['again', 'next'], ['end', 'end'], ['again', 'end']],
  ['timeout', ['again', 'next'], ['end', 'end'], ['again', 'end']],
  ['invalid-result', ['next', 'next'], ['end', 'end'], ['end', 'end']],
])('after a try that is %s nothing acts twice', (reason, reads, acts, knows) => {
  const after = (tool: typeof READS) => [1, 2].map((tries) => afterTry(tool, { reason }, tries));
  expect([after(READS), after(ACTS), after(KNOWS_REPETITIONS)]).toEqual([reads, acts, knows]);
});

it('pauses longer after each try, up to half of it by chance, and never for more than five seconds', () => {
  expect([1, 2, 3, 10].map((tries) => pauseAfterTry(tries, 0))).toEqual([100, 200, 400, 5_000]);
  expect(pauseAfterTry(1, 1)).toBe(50);
});
