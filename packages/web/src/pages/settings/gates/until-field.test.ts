import { expect, it } from 'vitest';
import { UNTIL_LIFTED, untilOf } from './until-field.tsx';

it('an end is hours from now, a moment, or none', () => {
  expect(untilOf(UNTIL_LIFTED, 1000)).toBeNull();
  expect(untilOf({ choice: '4', moment: '' }, 1000)).toBe(1000 + 4 * 3_600_000);
  const moment = '2026-11-24T18:00';
  expect(untilOf({ choice: 'at', moment }, 1000)).toBe(new Date(moment).getTime());
});
