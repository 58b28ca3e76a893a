import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyConsistency, verifyInclusion } from '@sluice/core/ledger/verify-proofs.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { isSignedBy, signHead } from '@sluice/protocol/ledger/signed-head.ts';
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tamperWithLedger } from '../store/testing/tamper-with-ledger.ts';
import { NOON, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { type AuditRig, openAuditRig } from './testing/audit-rig.ts';

const database = withDatabase();
let rig: AuditRig;
beforeEach(async () => {
  rig = await openAuditRig(database.db);
});
afterEach(() => rig.close());

const many = (count: number) => [...Array(count).keys()].map((at) => ({ action: `did ${at}` }));
/** As if the program itself had written everything anew. */
const FORGE = 'update ledger set leaf_hash = null; delete from ledger_trees; delete from ledger_nodes';

describe('the head', () => {
  it('is signed by a key that only its owner can read, and says what the ledger is', async () => {
    expect(await rig.desk.head()).toMatchObject({ ok: false, refusal: { code: 'ledger-empty' } });
    await rig.record(...many(5));
    const head = await rig.desk.head();
    const [key] = await rig.desk.keys();
    const { rootHash } = await rig.desk.verify();
    expect(head).toMatchObject({ ok: true, value: { tenant: TENANT, size: 5, rootHash } });
    expect(head.ok && isSignedBy(key?.publicKey ?? '', head.value)).toBe(true);
    expect(await rig.desk.head()).toEqual(head);
    expect((await stat(join(rig.directory, 'ledger-key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('is signed by itself, and given to witnesses, as the ledger grows', async () => {
    await rig.record(...many(3));
    await vi.waitFor(() => expect(rig.witness.kept.get(TENANT)?.head?.size).toBe(3), 5_000);
    await rig.record(...many(2));
    await vi.waitFor(() => expect(rig.witness.kept.get(TENANT)?.head?.size).toBe(5), 5_000);
    expect(await rig.desk.witnesses()).toMatchObject([
      { name: 'memory', state: 'agrees', head: { size: 5 } },
    ]);
    expect(rig.shouted()).toEqual([]);
  });

  it('is signed with a new key after a rotation, and what the old one signed stays good', async () => {
    await rig.record(...many(2));
    const before = await rig.desk.head();
    const rotated = await rig.desk.rotateKey('person:ada');
    expect(rotated).toMatchObject({
      ok: true,
      value: [
        { firstSize: 2, lastSize: 2, signsNow: false },
        { firstSize: 3, lastSize: 3, signsNow: true },
      ],
    });
    const after = await rig.desk.head();
    expect(after.ok && before.ok && after.value.keyId !== before.value.keyId).toBe(true);
    expect(await rig.desk.verify()).toMatchObject({ intact: true, badSignatures: [], entries: 3 });
    expect(await rig.desk.entry(3)).toMatchObject({ action: 'ledgerKeyRotated', actor: 'person:ada' });
    const again = await openAuditRig(database.db, rig.directory);
    expect(await again.desk.head()).toEqual(after);
    await again.close();
  });
});

describe('proofs', () => {
  it('hold for any entry and any earlier ledger, beyond the roots that are stored', async () => {
    await rig.record(...many(600));
    const head = await rig.desk.head();
    const root = head.ok ? head.value : { size: 0, rootHash: '' };
    for (const sequence of [1, 2, 255, 256, 257, 512, 513, 600]) {
      const proof = await rig.desk.inclusion(sequence, undefined);
      const { leafHash, proof: hashes } = proof.ok ? proof.value : { leafHash: '', proof: [] };
      expect(leafHash).toBe((await rig.desk.entry(sequence))?.leafHash);
      const inclusion = { leafHash, index: sequence - 1, proof: hashes };
      expect([sequence, verifyInclusion(SHA256_TREE, inclusion, root)]).toEqual([sequence, true]);
    }
    for (const from of [1, 255, 256, 300, 512, 599, 600]) {
      const proof = await rig.desk.consistency(from, undefined);
      if (!proof.ok) throw new Error(proof.refusal.message);
      const { fromRoot, toRoot, proof: hashes } = proof.value;
      const [earlier, later] = [
        { size: from, rootHash: fromRoot },
        { size: 600, rootHash: toRoot },
      ];
      expect(toRoot).toBe(root.rootHash);
      expect([from, verifyConsistency(SHA256_TREE, earlier, later, hashes)]).toEqual([from, true]);
    }
  });

  it('of what is not there are refused', async () => {
    await rig.record(...many(3));
    const refused = { ok: false, refusal: { code: 'not-in-tree' } };
    expect(await rig.desk.inclusion(4, undefined)).toMatchObject(refused);
    expect(await rig.desk.inclusion(0, undefined)).toMatchObject(refused);
    expect(await rig.desk.inclusion(1, 9)).toMatchObject(refused);
    expect(await rig.desk.consistency(4, undefined)).toMatchObject(refused);
    expect(await rig.desk.consistency(2, 9)).toMatchObject(refused);
  });
});

describe('whoever may do anything in the database', () => {
  beforeEach(async () => {
    await rig.record(...many(4));
    await vi.waitFor(() => expect(rig.witness.kept.get(TENANT)?.head?.size).toBe(4), 5_000);
  });

  it.each([
    ['edits', `update ledger set actor = 'eve' where sequence = 2; ${FORGE}`],
    ['cuts off', `delete from ledger where sequence > 2; ${FORGE}`],
    [
      'reorders',
      `update ledger set sequence = sequence + 10 where sequence < 3; update ledger set sequence = 13 - sequence where sequence > 10; ${FORGE}`,
    ],
    ['removes everything', `delete from ledger; ${FORGE}`],
  ])('%s, removes heads and keys as well, and is found out', async (_, statement) => {
    await tamperWithLedger(database.db, `${statement}; delete from ledger_heads; delete from ledger_keys`);
    await rig.record(...many(1));
    const verdict = await rig.desk.verify();
    expect(verdict.intact).toBe(false);
    expect(verdict.firstFault).not.toBeNull();
    expect(await rig.desk.head()).toMatchObject({ ok: false, refusal: { code: 'ledger-tampered' } });
    await vi.waitFor(() => expect(rig.shouted()).toContain('the ledger was tampered with'), 5_000);
  });

  it('signs anew with another key, and is found out by the witness and by the server', async () => {
    await tamperWithLedger(database.db, `update ledger set actor = 'eve' where sequence = 2; ${FORGE}`);
    await rig.record(...many(1));
    const { rootHash } = await rig.desk.verify();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const head = signHead(privateKey, { tenant: TENANT, size: 5, rootHash, at: NOON });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await tamperWithLedger(
      database.db,
      `delete from ledger_heads; delete from ledger_keys;
       insert into ledger_keys values ('${TENANT}', '${head.keyId}', '${pem}', now(), 5, 5);
       insert into ledger_heads values ('${TENANT}', 5, '${rootHash}', now(), '${head.keyId}', '${head.signature}')`,
    );
    expect(await rig.desk.verify()).toMatchObject({
      intact: false,
      firstFault: {
        sequence: 1,
        problem: expect.stringContaining('it, or one up to 4, is not what the head'),
      },
    });
  });

  it('puts in a head that nobody signed, and is found out', async () => {
    const { rootHash } = await rig.desk.verify();
    await rig.close();
    rig = await openAuditRig(database.db);
    await tamperWithLedger(
      database.db,
      `insert into ledger_heads values ('${TENANT}', 4, '${rootHash}', now(), 'ffff', 'AAAA')`,
    );
    expect(await rig.desk.verify()).toMatchObject({
      ...{ intact: false, firstFault: null },
      badSignatures: [expect.stringContaining('the head of 4 entries of ')],
    });
  });
});

it('says of a witness that is away that it is away, and goes on', async () => {
  rig.witness.isAway = true;
  await rig.record(...many(2));
  expect(await rig.desk.witnesses()).toMatchObject([{ state: 'unreachable', problem: expect.any(String) }]);
  expect(await rig.desk.verify()).toMatchObject({ intact: true });
  rig.witness.isAway = false;
  await vi.waitFor(() => expect(rig.witness.kept.get(TENANT)?.head?.size).toBe(2), 5_000);
});

it('begins anew when its state directory is new, as the database alone has no opinion', async () => {
  await rig.record(...many(2));
  await rig.desk.head();
  await rig.close();
  await rm(rig.directory, { recursive: true, force: true });
  rig = await openAuditRig(database.db);
  await rig.record(...many(1));
  expect(await rig.desk.head()).toMatchObject({ ok: true, value: { size: 3 } });
  expect(await rig.desk.verify()).toMatchObject({ intact: true });
});

it('exports what can be verified without it, and tables', async () => {
  await rig.record(...many(2), { actor: '=cmd', reason: 'a|b' });
  await rig.desk.head();
  const text = async (form: 'jsonl' | 'csv' | 'cef', filter = {}): Promise<string> => {
    let all = '';
    for await (const piece of rig.desk.export(filter, form)) all += piece;
    return all;
  };
  const lines = (await text('jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });
  expect(lines.map(({ kind }) => kind)).toEqual(['ledger', 'entry', 'entry', 'entry', 'key', 'head']);
  expect(lines[0]).toMatchObject({ entries: 3, tenant: TENANT, version: 1 });
  const part = (await text('jsonl', { actor: '=cmd' })).trimEnd().split('\n');
  expect(part).toHaveLength(2);
  expect(JSON.parse(part[0] ?? '')).toMatchObject({ kind: 'ledger', entries: null });
  expect((await text('csv')).split('\r\n')[3]).toContain(",'=cmd,");
  expect((await text('cef')).split('\n')[2]).toContain('suser=\\=cmd');
});
