import { expect, it } from 'vitest';
import { namedSentence, sentenceParts, subjectWords } from './subject-words.ts';

const NAMES = new Map([
  ['person:ada@example.com', 'Ada Lovelace'],
  ['person:nameless@example.com', ''],
]);

it.each([
  ['person:ada@example.com', 'Ada Lovelace'],
  ['person:nameless@example.com', 'nameless@example.com'],
  ['person:bob@example.com', 'bob@example.com'],
  ['token:ci', 'token ci'],
  ['workload:github', 'job github'],
  ['worker:shop/live/clerk', 'worker shop/live/clerk'],
  ['group:shop-team', 'shop-team'],
  ['anonymous', 'anonymous'],
  ['ann', 'ann'],
  ['person:', 'person:'],
  ['https://example.com', 'https://example.com'],
])('%s is %s', (subject, words) => {
  expect(subjectWords(subject, NAMES)).toBe(words);
});

it('whoever a sentence names is named as people do', () => {
  expect(namedSentence('paused by person:ada@example.com', NAMES)).toBe('paused by Ada Lovelace');
  expect(namedSentence('Waits for person:ada@example.com, or token:ci.', NAMES)).toBe(
    'Waits for Ada Lovelace, or token ci.',
  );
  expect(namedSentence('(workload:github: no)', NAMES)).toBe('(job github: no)');
});

it('the parts of a sentence say who is meant, so that one can point at them', () => {
  expect(sentenceParts('by person:ada@example.com.', NAMES)).toEqual([
    { words: 'by ' },
    { words: 'Ada Lovelace', subject: 'person:ada@example.com' },
    { words: '.' },
  ]);
});

it.each(['', 'nobody at all', 'see https://token.example/a:b', 'person: unknown', 'a token:'])(
  'a sentence without anybody stays as it is: %j',
  (sentence) => {
    expect(namedSentence(sentence, NAMES)).toBe(sentence);
  },
);
