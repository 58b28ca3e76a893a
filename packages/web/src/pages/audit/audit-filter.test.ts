import { expect, it } from 'vitest';
import { filterName, filterOf, momentOf } from './audit-filter.ts';

it('reads which entries are wanted from an address', () => {
  const query = new URLSearchParams('actor=person:ada&from=2026-01-02T03:04&subject=&q=x');
  expect(filterOf(query)).toEqual({
    actor: 'person:ada',
    action: undefined,
    subject: undefined,
    from: new Date(2026, 0, 2, 3, 4).getTime(),
    to: undefined,
  });
});

it.each([null, '', 'yesterday', '2026-13-40T99:99', '2026-01-01'])('takes %s for no moment', (text) => {
  expect(momentOf(text)).toBeUndefined();
});

it('asks anew for other entries', () => {
  const name = (query: string): string => filterName(filterOf(new URLSearchParams(query)));
  expect(name('actor=a')).not.toBe(name('action=a'));
  expect(name('actor=a')).toBe(name('actor=a&q=b'));
});
