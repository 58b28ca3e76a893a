import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ClusterCredentials } from '../kubernetes/credentials/cluster-credentials.ts';
import { ownCredentialsOf, requireOwn } from './known-clusters.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-own-'));
  folder = join(root, 'tenants', 'acme');
  await mkdir(folder, { recursive: true });
  await writeFile(join(root, 'operators.yaml'), 'secret: of the operator');
  await writeFile(join(folder, 'own.yaml'), 'own');
  await symlink(join(root, 'operators.yaml'), join(folder, 'link.yaml'));
});
afterEach(() => rm(root, { recursive: true }));

const at = (path: string): ClusterCredentials => ({ kind: 'kubeconfig', path });
const saidOf = (credentials: ClusterCredentials): Promise<string> =>
  requireOwn(credentials, folder).then(
    () => 'taken',
    (thrown: unknown) => SluiceError.from(thrown, 'a test').message,
  );

it('an organisation is let into clusters by a kubeconfig in its own folder alone', async () => {
  expect(await saidOf(at(join(folder, 'own.yaml')))).toBe('taken');
  const registered = async (): Promise<ClusterCredentials> => at(join(folder, 'own.yaml'));
  expect(await ownCredentialsOf('eu', registered, folder)).toEqual(at(join(folder, 'own.yaml')));
  await expect(ownCredentialsOf('in-cluster', registered, folder)).rejects.toMatchObject({
    code: 'not-found',
  });
});

it('it is told the same of every other file, whether it is there or not, and of other credentials', async () => {
  const others: readonly ClusterCredentials[] = [
    at(join(root, 'operators.yaml')),
    at(join(root, 'nowhere.yaml')),
    at(join(folder, '..', '..', 'operators.yaml')),
    at(join(folder, 'link.yaml')),
    at(`${folder}-of-others/own.yaml`),
    { kind: 'kubeconfig' },
    { kind: 'in-cluster' },
    { kind: 'token', server: 'https://10.0.0.1', token: 't' },
  ];
  const said = await Promise.all(others.map(saidOf));
  expect(new Set(said).size).toBe(1);
  expect(said[0]).toContain('is let in only by a kubeconfig that is in');
});
