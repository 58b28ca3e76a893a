import { create } from '@bufbuild/protobuf';
import { WorkRequestSchema } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { expect, it } from 'vitest';
import { endingWord } from './worker-word.ts';

const scoresOf = (scores: { [name: string]: number }): Readonly<Record<string, number>> => {
  const value = { taskId: 't-1', attempt: 1, scores };
  const ending = endingWord(create(WorkRequestSchema, { message: { case: 'complete', value } }));
  const word = ending?.word;
  return word && 'report' in word ? (word.report?.scores ?? {}) : {};
};

it('keeps the scores that can be kept, and no more of them than anybody may give', () => {
  const odd = { 'no\u0000name': 1, '': 1, helpful: 2, sure: Number.NaN, polite: 0.5, ['x'.repeat(65)]: 1 };
  expect(scoresOf(odd)).toEqual({ polite: 0.5 });
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, nth) => [`s${nth}`, 1]));
  expect(Object.keys(scoresOf(many))).toHaveLength(32);
});
