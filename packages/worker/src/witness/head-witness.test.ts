import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY_FRONTIER, foldPeaks, growTree, rootOf } from '@sluice/core/ledger/frontier.ts';
import { consistencyRanges, subtreesOf } from '@sluice/core/ledger/proof-ranges.ts';
import {
  offerIn,
  offerMessage,
  witnessedIn,
  witnessedMessage,
} from '@sluice/protocol/ledger/head-message.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { type HeadOffer, signedHeadSchema, signHead } from '@sluice/protocol/ledger/signed-head.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WorkerReport } from '../worker-report.ts';
import { HeadWitness } from './head-witness.ts';

const pair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
};
const [first, second] = [pair(), pair()];
const leaves = [...Array(20).keys()].map((at) => SHA256_TREE.leaf(`entry ${at}`));
const forged = leaves.with(3, SHA256_TREE.leaf('forged'));

let folder: string;
let file: string;
let reports: WorkerReport[];
const open = (where: string | null = file) => HeadWitness.open(where, (report) => void reports.push(report));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-witness-'));
  file = join(folder, 'head.json');
  reports = [];
});
afterEach(() => rm(folder, { recursive: true }));

/** A head over the first leaves with the proof that it goes on from another, as it comes over the wire. */
function offerOf(size: number, from = 0, { of = leaves, at = size, by = first, tenant = 'default' } = {}) {
  const rootIn = (start: number, end: number) =>
    rootOf(SHA256_TREE, growTree(SHA256_TREE, EMPTY_FRONTIER, of.slice(start, end)).frontier);
  const ranges = consistencyRanges(from, size);
  const proof = (ranges.ok ? ranges.value : []).map((range) =>
    foldPeaks(
      SHA256_TREE,
      subtreesOf(range).map(({ level, index }) => rootIn(index * 2 ** level, (index + 1) * 2 ** level)),
    ),
  );
  const head = signHead(by.privateKey, { tenant, size, rootHash: rootIn(0, size), at });
  return offerIn(offerMessage({ head, publicKey: by.pem, from, proof })) as HeadOffer;
}

it('keeps each head that continues the last, over a restart, in a file that verifies an export', async () => {
  const witness = await open();
  expect(witness.has).toEqual({ head: null, contradiction: null });
  await witness.take(offerOf(5));
  await witness.take(offerOf(13, 5));
  const again = await open();
  expect(again.has).toEqual({ head: offerOf(13).head, contradiction: null });
  expect(await again.take(offerOf(20, 13))).toMatchObject({ head: { size: 20 }, contradiction: null });
  expect(signedHeadSchema.parse(JSON.parse(await readFile(file, 'utf8')))).toEqual(offerOf(20).head);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(reports).toEqual([]);
});

it.each([
  ['was rolled back', () => offerOf(3, 0, { at: 100_000 }), 'the ledger has shrunk to 3 entries'],
  ['was written anew', () => offerOf(13, 5, { of: forged }), 'does not continue the 5 entries'],
  ['was written anew and is as long', () => offerOf(5, 0, { of: forged }), 'two roots are claimed for 5'],
  ['is signed by nobody', () => ({ ...offerOf(13, 5), publicKey: second.pem }), 'is not signed by'],
  ['is of another organisation', () => offerOf(13, 5, { tenant: 'other' }), 'a head of other'],
  ['is none', () => null, 'what it was given as a head is none'],
])('refuses a head that %s, says so aloud, and keeps both', async (_what, offered, problem) => {
  const witness = await open();
  await witness.take(offerOf(5));
  const offer = offered();
  const now = await witness.take(offer);
  expect(now).toEqual({ head: offerOf(5).head, contradiction: expect.stringContaining(problem) });
  expect(reports).toEqual([{ kind: 'ledger-refused', problem: now.contradiction }]);
  expect(JSON.parse(await readFile(`${file}.refused`, 'utf8'))).toEqual({
    ...{ problem: now.contradiction, had: offerOf(5).head, refused: offer },
  });
  expect((await open()).has.head).toEqual(offerOf(5).head);
  await witness.take(offer);
  expect(reports).toHaveLength(1);
});

it('goes on with another key, and after a right head, when the ledger goes on', async () => {
  const witness = await open();
  await witness.take(offerOf(5));
  await witness.take(offerOf(13, 5, { of: forged }));
  const right = offerOf(13, 5, { by: second });
  expect(await witness.take(right)).toEqual({ head: right.head, contradiction: null });
});

it('takes nothing where its file is damaged, until a person has removed it', async () => {
  await writeFile(file, '{"size":');
  const witness = await open();
  expect(reports).toMatchObject([{ kind: 'ledger-refused' }]);
  const damaged = { head: null, contradiction: expect.stringContaining('cannot be read') };
  expect(await witness.take(offerOf(5))).toEqual(damaged);
  expect(await readFile(file, 'utf8')).toBe('{"size":');
  await rm(file);
  expect((await open()).has.contradiction).toBeNull();
});

it('keeps the head in memory where it has no file, or cannot write it', async () => {
  const forgetful = await open(null);
  await forgetful.take(offerOf(5));
  expect(await forgetful.take(offerOf(13, 5, { of: forged }))).toMatchObject({ head: { size: 5 } });
  const homeless = await open(join(folder, 'nowhere', 'head.json'));
  expect(await homeless.take(offerOf(5))).toMatchObject({ head: { size: 5 }, contradiction: null });
  expect(reports.map(({ kind }) => kind)).toEqual(['ledger-refused', 'witness-unkept']);
});

it('is told over the wire as it is', async () => {
  const witness = await open();
  expect(witnessedIn(witnessedMessage(witness.has))).toEqual(witness.has);
  await witness.take(offerOf(5));
  await witness.take(offerOf(13, 5, { of: forged }));
  expect(witnessedIn(witnessedMessage(witness.has))).toEqual(witness.has);
  const odd = witnessedMessage(witness.has);
  if (odd.head) odd.head.rootHash = 'no hash';
  expect(witnessedIn(odd)).toBeNull();
});
