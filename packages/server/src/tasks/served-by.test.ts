import { expect, it } from 'vitest';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { servedBy } from './served-by.ts';

const [V1, V2, V3] = ['v1', 'v2', 'v3'].map((id) => revisionId(id));

it('takes for the heir whoever serves most, and counts nobody without a share', () => {
  const weights = [
    { revision: V1, basisPoints: 500 },
    { revision: V2, basisPoints: 9_500 },
    { revision: V3, basisPoints: 0 },
  ];
  expect(servedBy({ ...EMPTY_SPLIT, weights })).toEqual({ serving: [V1, V2], heir: V2 });
});

it('knows no heir while nobody serves', () => {
  expect(servedBy(EMPTY_SPLIT)).toEqual({ serving: [], heir: null });
  expect(servedBy({})).toEqual({ serving: [], heir: null });
});
