import { expect, test } from 'vitest';
import { mergedDifferences } from './merged-differences.ts';

const told = (line: number, message: string, file = 'a.yaml') => ({
  ...{ file, line, path: `Rollout web: spec.steps[${line}]` },
  message,
});

test('what is said at several places is said once, with the other places behind it', () => {
  expect(
    mergedDifferences([told(3, 'One.'), told(5, 'Two.'), told(7, 'One.'), told(2, 'One.', 'b.yaml')]),
  ).toEqual([told(3, 'One. (The same at line 7, b.yaml:2.)'), told(5, 'Two.')]);
});

test('what is said twice of one place is said once, as if it were said once', () => {
  expect(mergedDifferences([told(3, 'One.'), told(3, 'One.')])).toEqual([told(3, 'One.')]);
});

test('many places are counted', () => {
  const many = Array.from({ length: 9 }, (_, index) => told(index + 1, 'One.'));
  expect(mergedDifferences(many).map(({ message }) => message)).toEqual([
    'One. (The same at line 2, line 3, line 4, line 5 and 4 more.)',
  ]);
});
