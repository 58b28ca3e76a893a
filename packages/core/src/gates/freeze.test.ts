import { describe, expect, test } from 'vitest';
import { type Freeze, freezeGates } from './freeze.ts';
import { describeScope, type GateScope, isWithin } from './gate-scope.ts';

const EVERYTHING: GateScope = { project: null, application: null, environment: null, component: null };
const PLACE = { project: 'retail', application: 'shop', environment: 'production', component: 'web' };
const FREEZE: Freeze = {
  ...{ name: 'sale', scope: EVERYTHING, reason: 'the sale', from: 1000, until: 2000, by: 'otto' },
  holds: 'starts',
};

describe('a freeze', () => {
  test('holds from its beginning until its end, and no longer', () => {
    const closed = (now: number): number => freezeGates([FREEZE], PLACE, now).length;
    expect([999, 1000, 1999, 2000].map(closed)).toEqual([0, 1, 1, 0]);
    expect(freezeGates([{ ...FREEZE, until: null }], PLACE, 1e15)).toHaveLength(1);
  });

  test('says where, why, by whom and until when', () => {
    const scope = { ...EVERYTHING, environment: 'production', application: 'shop' };
    expect(freezeGates([{ ...FREEZE, scope }], PLACE, 1500)).toEqual([
      {
        ...{ kind: 'freeze', name: 'sale', isOpen: false, opensAt: 2000, holds: 'starts' },
        words:
          'the freeze "sale" of the environment production of the application shop to end, which otto declared: the sale',
      },
    ]);
  });

  test('holds where its scope says, and nowhere else', () => {
    expect(isWithin(PLACE, EVERYTHING)).toBe(true);
    expect(isWithin(PLACE, { ...EVERYTHING, project: 'retail', environment: 'production' })).toBe(true);
    for (const part of ['project', 'application', 'environment', 'component'] as const)
      expect(isWithin(PLACE, { ...EVERYTHING, [part]: 'other' })).toBe(false);
    expect(describeScope(EVERYTHING)).toBe('everything');
  });
});
