import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../store/embedded/start-embedded-postgres.ts';
import { createLoginRoles } from '../../store/testing/create-login-roles.ts';
import { reachNeed } from './reach-need.ts';

const reach = (kind: 'postgres' | 'redis', address: string) =>
  reachNeed(
    { need: { kind, address, timeoutMs: 20_000 }, component: { env: {}, secrets: {} }, environment: {} },
    new AbortController().signal,
  );

describe('a real PostgreSQL server', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let tcp: Server;
  let at: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-need-'));
    await chmod(folder, 0o755);
    const rules = join(folder, 'hba.conf');
    await writeFile(
      rules,
      [
        'local all scram scram-sha-256',
        'local all md5 md5',
        'local all plain password',
        'local all sluice trust',
      ]
        .map((line) => `${line}\n`)
        .join(''),
    );
    const settings = { fsync: 'off', hba_file: rules };
    server = await startEmbeddedPostgres({ directory: join(folder, 'server'), settings });
    const password = 'pa ss@word';
    await createLoginRoles(server.connectionString, [
      { name: 'scram', password, encryption: 'scram-sha-256' },
      { name: 'plain', password, encryption: 'scram-sha-256' },
      { name: 'md5', password, encryption: 'md5' },
    ]);
    // The embedded server listens on a unix socket only: this puts it on a port.
    tcp = createServer((socket) => {
      const onward = connect(join(server.socketDirectory, '.s.PGSQL.5432'));
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    at = `127.0.0.1:${(tcp.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => tcp.close(resolve));
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('is recognised without credentials', async () => {
    expect(await reach('postgres', at)).toEqual({
      passed: true,
      message: `PostgreSQL at ${at} answered, and wants other credentials.`,
    });
  });

  it('is reached by a user without a password, up to the question for one', async () => {
    const result = await reach('postgres', `postgres://scram@${at}/sluice`);
    expect(result).toMatchObject({ passed: true, message: expect.stringContaining('asked for a password') });
  });

  it.each(['scram', 'md5', 'plain'])('lets the user %s in, who answers a query', async (user) => {
    const result = await reach('postgres', `postgresql://${user}:pa%20ss%40word@${at}/sluice`);
    expect(result).toEqual({
      passed: true,
      message: `PostgreSQL at ${at} logged in and answered a query.`,
    });
  });

  it.each(['scram', 'md5', 'plain'])('refuses a wrong password of the user %s', async (user) => {
    const result = await reach('postgres', `postgres://${user}:hunter22@${at}/sluice`);
    expect(result).toEqual({ passed: false, message: expect.stringMatching(/refused: .*28P01/) });
    expect(result.message).not.toContain('hunter22');
  });

  it('without the database of the address is not what is needed', async () => {
    const result = await reach('postgres', `postgres://plain:pa%20ss%40word@${at}/absent`);
    expect(result).toEqual({ passed: false, message: expect.stringContaining('3D000') });
  });

  it('is reached through the folder of its unix socket', async () => {
    expect(await reach('postgres', server.connectionString)).toEqual({
      passed: true,
      message: `PostgreSQL at ${server.socketDirectory} logged in and answered a query.`,
    });
  });
});

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) reportSkip('a real Redis server as a need: redis-server is not installed');

// Answers played from a script, in the test beside this one, stand in for it where it is not installed.
describe.skipIf(!hasRedis)('a real Redis server', () => {
  let folder: string;
  let server: ChildProcess;
  let at: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
    ({ server, at } = await startRedis(folder));
  });
  afterAll(async () => {
    server.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  it('is recognised although it wants a password', async () => {
    expect(await reach('redis', at)).toEqual({
      passed: true,
      message: `Redis at ${at} answered that it wants a password.`,
    });
  });

  it('is reached with its password, with and without a user', async () => {
    for (const user of ['', 'default'])
      expect(await reach('redis', `redis://${user}:pass%20word@${at}/1`)).toEqual({
        passed: true,
        message: `Redis at ${at} answered PONG.`,
      });
  });

  it('refuses a wrong password, which is not shown', async () => {
    const result = await reach('redis', `redis://:hunter22@${at}`);
    expect(result).toEqual({ passed: false, message: expect.stringContaining('refused: WRONGPASS') });
    expect(result.message).not.toContain('hunter22');
  });
});

/** Somebody may take a free port before Redis does; then another one is tried. */
async function startRedis(folder: string): Promise<{ server: ChildProcess; at: string }> {
  return vi.waitFor(async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const server = spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--dir',
        folder,
        '--requirepass',
        'pass word',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    for await (const line of server.stdout) if (String(line).includes('Ready to accept')) break;
    expect(server.exitCode).toBeNull();
    return { server, at: `127.0.0.1:${port}` };
  });
}
