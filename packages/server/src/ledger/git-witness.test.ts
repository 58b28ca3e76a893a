import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signHead } from '@sluice/protocol/ledger/signed-head.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { gitWitness } from './git-witness.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const [one, two] = [SHA256_TREE.leaf('one'), SHA256_TREE.leaf('two')];
const rootOfTwo = SHA256_TREE.node(one, two);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-git-'));
});
afterEach(() => rm(folder, { recursive: true }));

const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
const offerOf = (size: number, rootHash: string, proof: string[] = [], tenant = 'default') => ({
  ...{ head: signHead(privateKey, { tenant, size, rootHash, at: size }), publicKey: pem },
  ...{ from: size - 1, proof },
});

it.each([
  ['a bare repository', ['init', '--quiet', '--bare', 'heads']],
  ['a repository with a work tree', ['init', '--quiet', 'heads']],
])('keeps heads as commits of a branch of their own in %s', async (_, init) => {
  git(...init);
  const repository = join(folder, 'heads');
  const witness = gitWitness(repository, join(folder, 'state'));
  expect(await witness.last('default')).toEqual({ head: null, contradiction: null });
  await witness.offer(offerOf(1, one));
  await witness.offer(offerOf(1, two, [], 'other'));
  expect(await witness.offer(offerOf(2, rootOfTwo, [two]))).toMatchObject({ head: { size: 2 } });
  const log = git('-C', repository, 'log', '--format=%s', 'sluice-ledger').trim().split('\n');
  expect(log).toEqual(['default: 2 entries', 'other: 1 entries', 'default: 1 entries']);
  const another = gitWitness(repository, join(folder, 'another state'));
  expect(await another.last('default')).toEqual({ head: offerOf(2, rootOfTwo).head, contradiction: null });
  expect((await another.last('other')).head?.rootHash).toBe(two);
  expect(git('-C', repository, 'show', `sluice-ledger:${offerOf(1, one).head.keyId}.pem`)).toBe(pem);
});

it('commits nothing that contradicts the last head', async () => {
  git('init', '--quiet', '--bare', 'heads');
  const witness = gitWitness(join(folder, 'heads'), join(folder, 'state'));
  await witness.offer(offerOf(1, one));
  const problem = 'a head of 2 entries does not continue the 1 entries seen before';
  expect(await witness.offer(offerOf(2, rootOfTwo, [one]))).toEqual({
    head: offerOf(1, one).head,
    contradiction: problem,
  });
  expect((await witness.last('default')).contradiction).toBe(problem);
  expect(git('-C', 'heads', 'rev-list', '--count', 'sluice-ledger').trim()).toBe('1');
});

it('says what is wrong with a repository that is not there, and keeps its password to itself', async () => {
  const witness = gitWitness(join(folder, 'no-such'), join(folder, 'state'));
  await expect(witness.last('default')).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('git ls-remote failed for the witness of the ledger'),
  });
  expect(gitWitness('https://ada:secret@git.invalid/heads.git', folder).name).toBe(
    'git https://***@git.invalid/heads.git',
  );
});
