import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runOf } from '../../test/host-programs.ts';
import { processVariables, resolveSecrets } from './environment.ts';

const START = {
  port: 20_001,
  track: 'shop/local/web',
  revision: 'web-1',
  version: 'v1',
  instance: 2,
  mark: 'mark',
  ...{ workerUrl: undefined, tokenFile: undefined },
};

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-secrets-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

test('a program gets a few variables of the host, its own, its secrets, and what the host says of it', () => {
  const host = {
    PATH: '/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    AWS_SECRET_ACCESS_KEY: 'no',
    SLUICE_MARK: 'of the host',
  };
  expect(
    processVariables(host, runOf('/x', { env: { A: 'own', HOST: '0.0.0.0' } }), { B: 'secret' }, START),
  ).toEqual({
    PATH: '/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    A: 'own',
    B: 'secret',
    HOST: '0.0.0.0',
    PORT: '20001',
    SLUICE_TRACK: 'shop/local/web',
    SLUICE_REVISION: 'web-1',
    SLUICE_VERSION: 'v1',
    SLUICE_INSTANCE: '2',
    SLUICE_MARK: 'mark',
  });
});

test('a worker of agents is told where tasks are, and where what lets it in', () => {
  const told = { ...START, workerUrl: 'http://127.0.0.1:7070', tokenFile: '/host/worker-tokens/a/token' };
  expect(processVariables({}, runOf('/x'), {}, told)).toMatchObject({
    SLUICE_WORKER_URL: 'http://127.0.0.1:7070',
    SLUICE_TOKEN_FILE: '/host/worker-tokens/a/token',
  });
});

test('a secret file loses its last line end and nothing else', async () => {
  const path = join(await folder(), 'secret');
  for (const [text, value] of [
    ['abc\n', 'abc'],
    ['abc\r\n', 'abc'],
    [' a\nb \n\n', ' a\nb \n'],
    ['', ''],
  ] as const) {
    await writeFile(path, text);
    expect(await resolveSecrets({ S: { from: 'file', path } }, {})).toEqual({
      ok: true,
      value: { S: value },
    });
  }
});

test('a refusal names the secret and the place, and never a value', async () => {
  const directory = await folder();
  await writeFile(join(directory, 'zero'), 'va\0lue');
  await writeFile(join(directory, 'big'), 'x'.repeat(70_000));
  const refused = async (reference: Parameters<typeof resolveSecrets>[0][string]) => {
    const resolved = await resolveSecrets({ TOKEN: reference }, { EMPTY: '' });
    return resolved.ok ? 'resolved' : resolved.refusal.message;
  };
  expect(await refused({ from: 'environment', name: 'ABSENT' })).toBe(
    "The secret TOKEN has no value: the host's environment has no variable ABSENT.",
  );
  expect(await refused({ from: 'environment', name: 'EMPTY' })).toBe('resolved');
  expect(await refused({ from: 'file', path: join(directory, 'absent') })).toMatch(
    /absent cannot be read \(ENOENT\)\.$/,
  );
  expect(await refused({ from: 'file', path: directory })).toMatch(/cannot be read \(EISDIR\)\.$/);
  expect(await refused({ from: 'file', path: join(directory, 'zero') })).toMatch(/holds a zero byte\.$/);
  expect(await refused({ from: 'file', path: join(directory, 'big') })).toMatch(/larger than 65536 bytes\.$/);
});
