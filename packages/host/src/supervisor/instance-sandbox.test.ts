import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { runOf } from '../../test/host-programs.ts';
import { hostPaths } from '../disk/host-paths.ts';
import { admitSandbox, sandboxedLaunch, wayToServer } from './instance-sandbox.ts';

const WORKER_URL = 'http://127.0.0.1:7070';
const FOLDER = '/var/lib/sluice/host/worker-tokens/shop%2Fproduction%2Ftriage';
const SANDBOX = {
  ...{ kind: 'bubblewrap', readable: [], writable: [], processes: 10, openFiles: 100, fileBytes: 0 },
} as unknown as NonNullable<RevisionRun['sandbox']>;

const wayOf = (run: Partial<RevisionRun>) =>
  wayToServer({
    host: { paths: hostPaths('/var/lib/sluice/host') },
    track: 'shop/production/triage',
    run: () => ({ ...runOf('/x'), ...run }),
  });

test('a service has nothing to do with the server', () => {
  expect(wayOf({})).toEqual({ workerUrl: undefined, tokenFile: undefined, doors: [] });
});

test('a worker reads its token from the folder of its track', () => {
  expect(wayOf({ workerUrl: WORKER_URL })).toEqual({
    workerUrl: WORKER_URL,
    tokenFile: `${FOLDER}/token`,
    doors: [],
  });
});

test('a worker in a sandbox with a network is shown the folder of its own token, and no other', () => {
  const sandbox = { ...SANDBOX, network: 'host' } as unknown as NonNullable<RevisionRun['sandbox']>;
  expect(wayOf({ workerUrl: WORKER_URL, sandbox })).toEqual({
    workerUrl: WORKER_URL,
    tokenFile: '/run/sluice/token/token',
    doors: [{ from: FOLDER, to: '/run/sluice/token' }],
  });
});

test('a worker without a network needs none: the socket says who it is', () => {
  const sandbox = { ...SANDBOX, network: 'none' } as unknown as NonNullable<RevisionRun['sandbox']>;
  const run = { workerUrl: WORKER_URL, workerSocket: '/s/workers/1/workers.sock', sandbox };
  expect(wayOf(run)).toEqual({
    workerUrl: 'unix:/run/sluice/server/workers.sock',
    tokenFile: undefined,
    doors: [{ from: '/s/workers/1', to: '/run/sluice/server' }],
  });
});

test('a link to the folder of the host is refused as that folder is, also when it was put there later', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-sandbox-links-')));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [host, models] = ['host', 'models'].map((name) => join(folder, name)) as [string, string];
  await mkdir(host);
  await mkdir(models);
  const run = { ...runOf('/x'), sandbox: { ...SANDBOX, readable: [models] } } as RevisionRun;
  const made = { admit: async () => ({ ok: true, value: undefined }) };
  const sandboxes = async () => made as never;
  expect(await admitSandbox(run, sandboxes, host)).toMatchObject({ ok: true });
  await rm(models, { recursive: true });
  await symlink(join(host, '..'), models);
  const refused = { ok: false, refusal: { code: 'sandbox-paths' } };
  expect(await admitSandbox(run, sandboxes, host)).toMatchObject(refused);
  const around = { run: () => run, host: { paths: hostPaths(host), sandboxes } };
  expect(await sandboxedLaunch(around as never, {})).toMatchObject(refused);
});
