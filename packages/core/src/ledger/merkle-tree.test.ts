import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_FRONTIER, foldPeaks, growTree, isWhole, rootOf, TILE_LEVELS } from './frontier.ts';
import { consistencyRanges, inclusionRanges, type LeafRange, subtreesOf } from './proof-ranges.ts';
import type { TreeHash } from './tree-hash.ts';
import { verifyConsistency, verifyInclusion } from './verify-proofs.ts';

const sha256 = (...parts: readonly Buffer[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex');
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const HASH: TreeHash = {
  leaf: (entry) => sha256(Buffer.from([0]), Buffer.from(entry)),
  node: (left, right) => sha256(Buffer.from([1]), hex(left), hex(right)),
};

/** MTH, PATH and SUBPROOF as RFC 6962 writes them, with nothing clever about them. */
function mth(leaves: readonly string[]): string {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0] as string;
  const k = splitOf(leaves.length);
  return HASH.node(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}
function path(m: number, leaves: readonly string[]): readonly string[] {
  if (leaves.length === 1) return [];
  const k = splitOf(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}
function subproof(m: number, leaves: readonly string[], whole: boolean): readonly string[] {
  if (m === leaves.length) return whole ? [] : [mth(leaves)];
  const k = splitOf(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}
const splitOf = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

const leavesOf = (count: number): string[] => [...Array(count).keys()].map((at) => HASH.leaf(`entry ${at}`));
const rangeHash = (leaves: readonly string[], range: LeafRange): string =>
  foldPeaks(
    HASH,
    subtreesOf(range).map(({ level, index }) =>
      mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    ),
  );
const proofOf = (leaves: readonly string[], ranges: ReturnType<typeof inclusionRanges>): readonly string[] =>
  ranges.ok ? ranges.value.map((range) => rangeHash(leaves, range)) : [ranges.refusal.code];
const rootAt = (leaves: readonly string[], size: number) => ({ size, rootHash: mth(leaves.slice(0, size)) });

/** What implementations of Certificate Transparency test with: eight entries, and the root after each. */
const ENTRIES = ['', '\0', '\x10', '\x20\x21', '\x30\x31', '@ABC', 'PQRSTUVW', '`abcdefghijklmno'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const KNOWN_CONSISTENCY: readonly (readonly [number, number, readonly string[]])[] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

describe('the tree of RFC 6962', () => {
  const leaves = ENTRIES.map(HASH.leaf);

  it.each(ROOTS.map((root, size) => [size, root] as const))(
    'has the known root after %i entries',
    (size, root) => {
      expect(rootOf(HASH, growTree(HASH, EMPTY_FRONTIER, leaves.slice(0, size)).frontier)).toBe(root);
    },
  );

  it.each(KNOWN_CONSISTENCY)('has the known consistency proof from %i to %i', (from, to, proof) => {
    expect(proofOf(leaves, consistencyRanges(from, to))).toEqual(proof);
  });

  it('has the known inclusion proof of the sixth of eight', () => {
    expect(proofOf(leaves, inclusionRanges(5, 8))).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });
});

const size = fc.integer({ min: 1, max: 70 });

describe('any tree', () => {
  it('has the root that the definition gives, in whatever portions it grew', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }), (portions) => {
        const leaves = leavesOf(portions.reduce((sum, portion) => sum + portion, 0));
        let frontier = EMPTY_FRONTIER;
        for (const portion of portions) {
          ({ frontier } = growTree(HASH, frontier, leaves.slice(frontier.size, frontier.size + portion)));
          expect(isWhole(frontier)).toBe(true);
        }
        expect(rootOf(HASH, frontier)).toBe(mth(leaves));
      }),
    );
  });

  it('proves each of its entries, as the definition does', () => {
    fc.assert(
      fc.property(size, fc.nat(), (count, any) => {
        const leaves = leavesOf(count);
        const index = any % count;
        const proof = proofOf(leaves, inclusionRanges(index, count));
        expect(proof).toEqual(path(index, leaves));
        const root = rootAt(leaves, count);
        const leafHash = leaves[index] as string;
        expect(verifyInclusion(HASH, { leafHash, index, proof }, root)).toBe(true);
      }),
    );
  });

  it('proves to be the continuation of each earlier one, as the definition does', () => {
    fc.assert(
      fc.property(size, fc.nat(), (to, any) => {
        const leaves = leavesOf(to);
        const from = 1 + (any % to);
        const proof = proofOf(leaves, consistencyRanges(from, to));
        expect(proof).toEqual(subproof(from, leaves, true));
        expect(verifyConsistency(HASH, rootAt(leaves, from), rootAt(leaves, to), proof)).toBe(true);
      }),
    );
  });

  it('hands out the roots of its subtrees of 256 leaves, and nothing else before 65,536', () => {
    const leaves = leavesOf(600);
    const { tiles } = growTree(HASH, EMPTY_FRONTIER, leaves);
    expect(tiles).toEqual([
      { level: TILE_LEVELS, index: 0, hash: mth(leaves.slice(0, 256)) },
      { level: TILE_LEVELS, index: 1, hash: mth(leaves.slice(256, 512)) },
    ]);
  });
});

describe('a proof that was tampered with', () => {
  /** One hash of it, its length, a place or a root is wrong. */
  const tampered = (proof: readonly string[], any: number): readonly string[] => {
    const wrong = HASH.leaf('wrong');
    if (proof.length === 0) return [wrong];
    const at = any % proof.length;
    return [proof.with(at, wrong), proof.slice(0, -1), proof.slice(1), [...proof, wrong], [wrong, ...proof]][
      any % 5
    ] as readonly string[];
  };

  it('proves no entry', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), (count, any, how) => {
        const leaves = leavesOf(count);
        const index = any % count;
        const root = rootAt(leaves, count);
        const proof = path(index, leaves);
        const leafHash = leaves[index] as string;
        const verdict = (change: object) =>
          verifyInclusion(HASH, { leafHash, index, proof, ...change }, root);
        expect(verdict({ proof: tampered(proof, how) })).toBe(false);
        expect(verdict({ leafHash: HASH.leaf('other') })).toBe(false);
        expect(count > 1 && verdict({ index: (index + 1) % count })).toBe(false);
        expect(verdict({ index: count })).toBe(false);
        expect(verdict({ index: -1 })).toBe(false);
        expect(verdict({ index: 0.5 })).toBe(false);
      }),
    );
  });

  it('proves no continuation', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), (to, any, how) => {
        const leaves = leavesOf(to);
        const from = 1 + (any % to);
        const proof = subproof(from, leaves, true);
        const [earlier, later] = [rootAt(leaves, from), rootAt(leaves, to)];
        const verdict = verifyConsistency;
        expect(verdict(HASH, earlier, later, tampered(proof, how))).toBe(false);
        expect(verdict(HASH, { ...earlier, rootHash: HASH.leaf('x') }, later, proof)).toBe(false);
        expect(verdict(HASH, earlier, { ...later, rootHash: HASH.leaf('x') }, proof)).toBe(false);
        expect(from < to && verdict(HASH, later, earlier, proof)).toBe(false);
      }),
    );
  });

  it('shows a history that was written anew', () => {
    const old = leavesOf(37);
    const anew = old.with(20, HASH.leaf('forged'));
    const proof = subproof(30, [...anew, ...leavesOf(9)], true);
    expect(
      verifyConsistency(HASH, rootAt(old, 30), { size: 46, rootHash: mth([...anew, ...leavesOf(9)]) }, proof),
    ).toBe(false);
  });
});

it.each([
  [inclusionRanges(5, 5), 'There is no entry 6 in a ledger of 5 entries.'],
  [inclusionRanges(-1, 5), 'There is no entry 0 in a ledger of 5 entries.'],
  [consistencyRanges(6, 5), 'There is no head of size 6 in a ledger of 5 entries.'],
])('refuses proofs of what is not there', (ranges, message) => {
  expect(ranges).toMatchObject({ ok: false, refusal: { code: 'not-in-tree', message: expect.any(String) } });
  expect(ranges.ok || ranges.refusal.message).toBe(message);
});
