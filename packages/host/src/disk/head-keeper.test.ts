import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY_FRONTIER, foldPeaks, growTree, rootOf } from '@sluice/core/ledger/frontier.ts';
import { consistencyRanges, subtreesOf } from '@sluice/core/ledger/proof-ranges.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { type HeadOffer, signHead } from '@sluice/protocol/ledger/signed-head.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHeadKeeper } from './head-keeper.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const leaves = [...Array(20).keys()].map((at) => SHA256_TREE.leaf(`entry ${at}`));

let folder: string;
let logged: string[];
const open = () =>
  openHeadKeeper(join(folder, 'heads.json'), (level, message) => void logged.push(`${level} ${message}`));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-heads-'));
  logged = [];
});
afterEach(() => rm(folder, { recursive: true }));

/** A head over the first leaves, with the proof that it goes on from another. */
function offerOf(size: number, from = 0, of: readonly string[] = leaves, at = size): HeadOffer {
  const tree = (start: number, end: number) =>
    growTree(SHA256_TREE, EMPTY_FRONTIER, of.slice(start, end)).frontier;
  const ranges = consistencyRanges(from, size);
  const proof = (ranges.ok ? ranges.value : []).map((range) =>
    foldPeaks(
      SHA256_TREE,
      subtreesOf(range).map(({ level, index }) =>
        rootOf(SHA256_TREE, tree(index * 2 ** level, (index + 1) * 2 ** level)),
      ),
    ),
  );
  const head = { tenant: 'default', size, rootHash: rootOf(SHA256_TREE, tree(0, size)), at };
  return { head: signHead(privateKey, head), publicKey: pem, from, proof };
}

const forged = leaves.with(3, SHA256_TREE.leaf('forged'));

it('keeps each head that continues the last, over a restart', async () => {
  const keeper = await open();
  expect(keeper.last('default')).toEqual({ head: null, contradiction: null });
  await keeper.offer(offerOf(5));
  await keeper.offer(offerOf(13, 5));
  const again = await open();
  expect(again.last('default')).toEqual({ head: offerOf(13).head, contradiction: null });
  expect((await again.offer(offerOf(20, 13))).head?.size).toBe(20);
  expect((await stat(join(folder, 'heads.json'))).mode & 0o777).toBe(0o600);
  expect(again.last('other')).toEqual({ head: null, contradiction: null });
  expect(logged).toEqual([]);
});

it('keeps what it has and says so loudly when history was written anew', async () => {
  const keeper = await open();
  await keeper.offer(offerOf(5));
  const problem = 'a head of 13 entries does not continue the 5 entries seen before';
  expect(await keeper.offer(offerOf(13, 5, forged))).toEqual({
    head: offerOf(5).head,
    contradiction: problem,
  });
  await keeper.offer(offerOf(13, 5, forged));
  expect(logged).toEqual(['error the ledger of the control plane was tampered with']);
  expect((await open()).last('default').contradiction).toBe(problem);
});

it.each([
  ['another root of the same size', () => offerOf(5, 5, forged), 'two roots are claimed for 5 entries'],
  [
    'a ledger that has shrunk',
    () => offerOf(4, 0, leaves, 100_000),
    'the ledger has shrunk to 4 entries, and 5 were seen before',
  ],
  [
    'a head with the name of another key',
    () => ({ ...offerOf(6, 5), head: { ...offerOf(6, 5).head, keyId: 'f'.repeat(16) } }),
    `a head of 6 entries is not signed by ${'f'.repeat(16)}`,
  ],
])('is not taken in by %s', async (_, offer, contradiction) => {
  const keeper = await open();
  await keeper.offer(offerOf(5));
  expect(await keeper.offer(offer())).toEqual({ head: offerOf(5).head, contradiction });
});

it('takes a head that comes late from another server, and one for another start, for no lie', async () => {
  const keeper = await open();
  await keeper.offer(offerOf(5));
  await keeper.offer(offerOf(4));
  expect(await keeper.offer(offerOf(9, 4))).toEqual({ head: offerOf(5).head, contradiction: null });
});

it('takes offers in turn', async () => {
  const keeper = await open();
  await Promise.all([offerOf(5), offerOf(6, 5), offerOf(7, 6)].map((offer) => keeper.offer(offer)));
  expect(keeper.last('default').head?.size).toBe(7);
  expect(JSON.parse(await readFile(join(folder, 'heads.json'), 'utf8'))).toHaveProperty(
    'default.head.size',
    7,
  );
});

it('does not begin anew when its file was damaged', async () => {
  await writeFile(join(folder, 'heads.json'), '{"default":');
  const keeper = await open();
  expect((await keeper.offer(offerOf(5))).contradiction).toContain('heads.json cannot be read');
  expect(keeper.last('default').head).toBeNull();
  expect(logged).toEqual(['error the heads of the ledger cannot be read']);
});
