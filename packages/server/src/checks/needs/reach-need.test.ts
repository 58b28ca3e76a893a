import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import type { ComponentSpec, NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { reachNeed } from './reach-need.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Plays a server with the answers of a script: each is sent when the next bytes come. */
async function serving(...answers: (string | Buffer)[]): Promise<string> {
  const server = createServer((socket) => {
    const left = [...answers];
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => {
      const answer = left.shift();
      if (answer !== undefined) socket.write(answer);
    });
  });
  return listening(server);
}

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Trial {
  readonly component?: Partial<Pick<ComponentSpec, 'env' | 'secrets'>>;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

const reach = (kind: NeedSpec['kind'], address: string, trial: Trial = {}) =>
  reachNeed(
    {
      need: { kind, address, timeoutMs: trial.timeoutMs ?? 10_000 },
      component: { env: {}, secrets: {}, ...trial.component },
      environment: trial.environment ?? {},
    },
    new AbortController().signal,
  );

const error = (state: string, message: string): Buffer => {
  const body = `SFATAL\0C${state}\0M${message}\0\0`;
  const head = Buffer.from('E0000');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};

describe('the address of a need', () => {
  it('may be the name of a variable or a secret of the component, and then its value is not shown', async () => {
    const at = await serving('+OK\r\n', '+PONG\r\n');
    const result = await reach('redis', 'CACHE', {
      component: { secrets: { CACHE: { from: 'environment', name: 'SHOP_CACHE' } } },
      environment: { SHOP_CACHE: `redis://ada:hunter22@${at}/0` },
    });
    expect(result).toEqual({ passed: true, message: `Redis at ${at} answered PONG.` });
  });

  const unclear: readonly (readonly [NeedSpec['kind'], string, RegExp])[] = [
    ['tcp', 'UNHEARD_OF', /UNHEARD_OF is neither an address nor a variable or secret/],
    ['tcp', 'example.org', /names no port/],
    ['http', 'http://:80', /is neither host:port nor a URL/],
    ['redis', 'ho st:6379', /is neither host:port nor a URL/],
    ['postgres', 'postgres://ada:hunter22@one:1,two:2/shop', /the address is neither host:port nor a URL/],
    ['postgres', 'postgres://ada@/shop', /the address is neither host:port nor a URL/],
    ['tcp', 'TOKEN', /TOKEN has no value: the environment has no variable SHOP_TOKEN/],
  ];
  it.each(unclear)('%s %s is refused with the reason and without a password', async (kind, address, why) => {
    const secrets = { TOKEN: { from: 'environment', name: 'SHOP_TOKEN' } } as const;
    const result = await reach(kind, address, { component: { secrets } });
    expect(result).toEqual({ passed: false, message: expect.stringMatching(why) });
    expect(result.message).not.toContain('hunter22');
  });
});

describe('HTTP', () => {
  const answering = (status: number) =>
    listening(createHttpServer((_request, response) => response.writeHead(status).end()));

  it.each([200, 302, 401, 404])('is reached when it answers %d', async (status) => {
    const at = await answering(status);
    expect(await reach('http', at)).toEqual({ passed: true, message: `HTTP at ${at} answered ${status}.` });
  });

  it.each([500, 503])('is not reached when it answers %d', async (status) => {
    expect((await reach('http', `http://${await answering(status)}/health?key=1`)).passed).toBe(false);
  });

  it('does not show the query of its address', async () => {
    const result = await reach('http', `http://${await answering(500)}/health?key=secret1`);
    expect(result.message).not.toContain('secret1');
  });

  it('is not reached when something else answers', async () => {
    const at = await serving('-ERR unknown command\r\n');
    expect(await reach('http', at)).toEqual({
      passed: false,
      message: `HTTP at ${at} could not be reached: what came back is not HTTP/1.1.`,
    });
  });
});

describe('Redis', () => {
  const replies: readonly (readonly [string, boolean, string])[] = [
    ['+PONG\r\n', true, 'answered PONG'],
    ['-NOAUTH Authentication required.\r\n', true, 'answered that it wants a password'],
    ['-LOADING Redis is loading the dataset in memory\r\n', false, 'refused: LOADING Redis is loading'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', false, 'answered something that is not Redis'],
  ];
  it.each(replies)('that answers %j is reached: %s', async (reply, reached, words) => {
    const result = await reach('redis', await serving(reply));
    expect(result).toEqual({ passed: reached, message: expect.stringContaining(words) });
  });

  it('that refuses the password of the address is not reached', async () => {
    const at = await serving('-WRONGPASS invalid username-password pair\r\n');
    const result = await reach('redis', `redis://:hunter22@${at}`);
    expect(result).toEqual({ passed: false, message: expect.stringContaining('refused: WRONGPASS') });
  });

  it('that never answers is not reached in time', async () => {
    const at = await serving();
    expect(await reach('redis', at, { timeoutMs: 100 })).toEqual({
      passed: false,
      message: `Redis at ${at} could not be reached: no answer within 100ms.`,
    });
  });

  it('that sends without end, and never a line, is not reached', async () => {
    const at = await serving(Buffer.alloc(1024 * 1024, 'x'));
    expect((await reach('redis', at)).message).toContain('what came back is another protocol');
  });
});

describe('PostgreSQL', () => {
  const replies: readonly (readonly [readonly (string | Buffer)[], boolean, string])[] = [
    [['N', Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3])], true, 'asked for a password'],
    [['N', Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 7])], true, 'asked for a password'],
    [['N', error('28000', 'no pg_hba.conf entry')], true, 'answered, and wants other credentials'],
    [['N', error('3D000', 'no such database')], true, 'answered, and wants other credentials'],
    [['N', error('57P03', 'the database system is starting up')], false, 'is starting up (57P03)'],
    [['N', error('53300', 'too many clients')], false, 'too many clients (53300)'],
    [['HTTP/1.1 400 Bad Request\r\n\r\n'], false, 'something that is not PostgreSQL'],
    [['N', 'NOPE!'], false, 'another protocol'],
    [['N', '12345'], false, 'what came back is not PostgreSQL'],
  ];
  it.each(replies)('that answers %j is reached: %s', async (answers, reached, words) => {
    const result = await reach('postgres', await serving(...answers));
    expect(result).toEqual({ passed: reached, message: expect.stringContaining(words) });
  });

  it('without TLS is not reached by an address that demands it, and gets no password', async () => {
    const at = await serving('N');
    const result = await reach('postgres', `postgres://ada:hunter22@${at}/shop?sslmode=require`);
    expect(result).toEqual({ passed: false, message: expect.stringContaining('does not offer TLS') });
  });

  it('that closes in the middle of the agreement on TLS is not reached', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('S'));
    });
    expect((await reach('postgres', await listening(server))).passed).toBe(false);
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;
  if (!openssl) reportSkip('PostgreSQL over TLS: there is no openssl to make a certificate with');
  // The certificate is made on the spot, so that none in the repository runs out.
  it.skipIf(!openssl)(
    'agrees on TLS when the server offers it, and asks for trust only when told',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-certificate-'));
      try {
        const at = await tlsServer(folder);
        expect(await reach('postgres', at)).toMatchObject({ passed: true });
        const verified = await reach('postgres', `postgres://${at}/shop?sslmode=verify-full`);
        expect(verified).toEqual({ passed: false, message: expect.stringContaining('self-signed') });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});

/** Plays a PostgreSQL server that speaks TLS and then asks for a password. */
async function tlsServer(folder: string): Promise<string> {
  const [keyPath, certificatePath] = [join(folder, 'key'), join(folder, 'certificate')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=localhost', '-days', '1', '-keyout', keyPath, '-out', certificatePath],
  ]);
  expect(made.status).toBe(0);
  const [key, cert] = await Promise.all([readFile(keyPath), readFile(certificatePath)]);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('S');
      const encrypted = new TLSSocket(socket, { isServer: true, key, cert });
      encrypted.on('error', () => undefined);
      encrypted.once('data', () => encrypted.write(Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3])));
    });
  });
  return listening(server);
}
