import { expect, it } from 'vitest';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, wholeTo } from '@sluice/core/traffic/split.ts';
import { servedBy } from './served-by.ts';

const [V1, V2, V3] = [revisionId('v1'), revisionId('v2'), revisionId('v3')];

it('takes for the heir whoever serves most, and counts nobody without a share', () => {
  const weights = [
    { revision: V1, basisPoints: 500 },
    { revision: V2, basisPoints: 9_500 },
    { revision: V3, basisPoints: 0 },
  ];
  expect(servedBy({ ...EMPTY_SPLIT, weights })).toEqual({
    serving: [V1, V2],
    heir: V2,
    mirrored: null,
  });
});

it('knows no heir while nobody serves', () => {
  const nobody = { serving: [], heir: null, mirrored: null };
  expect(servedBy(EMPTY_SPLIT)).toEqual(nobody);
  expect(servedBy({})).toEqual(nobody);
});

it('knows who gets copies', () => {
  const split = { ...wholeTo(V1), mirror: { revision: V2, basisPoints: 1_000 } };
  expect(servedBy(split)).toEqual({ serving: [V1], heir: V1, mirrored: V2 });
});
