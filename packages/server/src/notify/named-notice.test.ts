import { expect, it } from 'vitest';
import { entryNotice } from './event-notice.ts';
import { namedNotice } from './named-notice.ts';

const from = { tenant: 'default', origin: 'here', publicUrl: null };
const entry = {
  ...{ sequence: 7, at: 1, actor: 'person:eve', action: 'memberRemoved', subject: 'person:ada' },
  ...{ detail: {}, isOfTrack: false },
};

it('calls people what they are called, and tells programs their subjects', () => {
  const names = new Map([
    ['person:eve', 'Eve Adams'],
    ['person:ada', 'Ada Lovelace'],
  ]);
  const { notice } = namedNotice(entryNotice(entry, from), names);
  expect(notice.words).toMatchObject({
    title: 'Ada Lovelace: member removed',
    sentence: 'Eve Adams did this: member removed (Ada Lovelace).',
    action: 'See it in the ledger with `sluice audit list`.',
  });
  expect(notice.event.data).toMatchObject({ actor: 'person:eve', subject: 'person:ada' });
});

it('says of whom nothing is known by their subject alone', () => {
  const { notice } = namedNotice(entryNotice({ ...entry, actor: 'token:ci' }, from), new Map());
  expect(notice.words.sentence).toBe('token ci did this: member removed (ada).');
});
