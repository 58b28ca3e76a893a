import { expect, it } from 'vitest';
import { RemovedContents } from './removed-contents.ts';

const book = (removed: readonly number[], told: readonly (readonly [number, number, number])[]) => {
  const contents = new RemovedContents();
  for (const sequence of removed) contents.removed(sequence);
  for (const [entries, first, last] of told)
    contents.kept({ action: 'ledgerExpired', detail: { entries, first, last } });
  return contents.fault();
};

it('finds nothing where the ledger says of everything that it was removed', () => {
  expect(book([], [])).toBeNull();
  expect(book([1, 2, 3], [[3, 1, 3]])).toBeNull();
  // What was under a hold, and what was removed when it was released.
  expect(
    book(
      [1, 2, 3, 4, 9],
      [
        [4, 1, 9],
        [1, 3, 3],
      ],
    ),
  ).toBeNull();
  // An entry is read as it was before its contents are removed, and what says so is read afterwards.
  expect(book([1], [[2, 1, 2]])).toBeNull();
});

it('names the first of which it says nothing', () => {
  expect(book([3], [])?.sequence).toBe(3);
  expect(book([1, 2, 3], [[2, 1, 2]])?.sequence).toBe(3);
  expect(book([1, 2, 7, 8], [[4, 1, 7]])?.sequence).toBe(8);
});

it('counts those between the first and the last', () => {
  expect(book([1, 2, 3], [[2, 1, 3]])).toMatchObject({ sequence: 1 });
});

it('reads nothing out of entries that are something else', () => {
  const contents = new RemovedContents();
  contents.removed(1);
  contents.kept({ action: 'voteGiven', detail: { entries: 1, first: 1, last: 1 } });
  contents.kept({ action: 'ledgerExpired', detail: null });
  contents.kept({ action: 'ledgerExpired', detail: { entries: '1', first: 1, last: 1 } });
  expect(contents.fault()).toMatchObject({ sequence: 1 });
});
