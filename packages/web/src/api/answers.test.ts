import type { ApiReply } from '@sluice/protocol/http/api-call.ts';
import { expect, it } from 'vitest';
import { Answers } from './answers.ts';

const good = (value: number): ApiReply<number> => ({ ok: true, value, tag: null, replayed: false });
const bad: ApiReply<number> = { ok: false, failure: { kind: 'timed-out', message: 'late' } };

/** A question whose answers are given by the test. */
function asked(name = 'track:a') {
  const waiting: ((reply: ApiReply<number>) => void)[] = [];
  const question = { name, ask: () => new Promise<ApiReply<number>>((resolve) => waiting.push(resolve)) };
  const answer = async (reply: ApiReply<number>): Promise<void> => {
    waiting.shift()?.(reply);
    // Only the turn of the loop after it has what follows from the answer.
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { question, waiting, answer };
}

it('several who look at one question ask it once', async () => {
  const answers = new Answers();
  const { question, waiting, answer } = asked();
  const told: string[] = [];
  const ends = ['a', 'b'].map((name) => answers.watch(question, () => told.push(name)));
  expect(waiting).toHaveLength(1);
  await answer(good(1));
  expect(answers.read(question).value).toBe(1);
  expect(told).toEqual(['a', 'b']);
  ends.forEach((end) => end());
});

it('a failure stands beside the old answer and does not replace it', async () => {
  const answers = new Answers();
  const { question, answer } = asked();
  answers.watch(question, () => undefined);
  await answer(good(1));
  answers.renew();
  await answer(bad);
  expect(answers.read(question)).toMatchObject({ value: 1, failure: { kind: 'timed-out' } });
  answers.renew();
  await answer(good(2));
  expect(answers.read(question)).toMatchObject({ value: 2, failure: null });
});

it('what is renewed while it is asked is asked once more', async () => {
  const answers = new Answers();
  const { question, waiting, answer } = asked();
  answers.watch(question, () => undefined);
  answers.renew();
  answers.renew();
  expect(waiting).toHaveLength(1);
  await answer(good(1));
  expect(waiting).toHaveLength(1);
  await answer(good(2));
  expect(answers.read(question).value).toBe(2);
  expect(waiting).toHaveLength(0);
});

it('what nobody looks at is not asked again until somebody does, and shows what was known meanwhile', async () => {
  const answers = new Answers();
  const { question, waiting, answer } = asked();
  answers.watch(question, () => undefined)();
  await answer(good(1));
  answers.renew();
  expect(waiting).toHaveLength(0);
  answers.watch(question, () => undefined);
  expect(answers.read(question).value).toBe(1);
  expect(waiting).toHaveLength(1);
});
