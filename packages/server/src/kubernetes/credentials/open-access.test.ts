import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedServer, type SeenRequest, answer, refuse } from '../testing/scripted-server.ts';
import { openTestCluster } from '../testing/test-cluster.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) reportSkip('TLS to clusters: there is no openssl to make a certificate with');

let folder: string;
let server: ScriptedServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-cluster-'));
  server = await ScriptedServer.start();
  server.on('GET /version', answer(200, { gitVersion: 'v1.34.9' }));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const versionsSeen = (): readonly SeenRequest[] => server.seenOf('GET /version');
const tokensSeen = (): unknown[] => versionsSeen().map(({ headers }) => headers.authorization);
const file = (name: string): string => join(folder, name);

interface Kubeconfig {
  readonly user?: object;
  readonly cluster?: object;
  readonly contexts?: readonly object[];
  readonly current?: string;
}

/** Writes a kubeconfig with one cluster, one user and a context of each; JSON is YAML. */
async function kubeconfig({ user, cluster, contexts, current }: Kubeconfig): Promise<string> {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: server.origin, ...cluster } }],
    users: [{ name: 'u', user: user ?? { token: 'from-file' } }],
    contexts: contexts ?? [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
    'current-context': current ?? 'prod',
  };
  await writeFile(file('config'), JSON.stringify(content));
  return file('config');
}

const open = (path: string, context?: string, now?: () => number) =>
  openTestCluster(server.origin, {
    credentials: { kind: 'kubeconfig', path, ...(context === undefined ? {} : { context }) },
    ...(now === undefined ? {} : { now }),
  });

describe('a kubeconfig', () => {
  it('lets in with the token of its current context', async () => {
    const client = await open(await kubeconfig({}));
    expect(await client.version()).toBe('v1.34.9');
    expect(tokensSeen()).toEqual(['Bearer from-file']);
    await client.close();
  });

  it('lets in with a user and a password, and on behalf of another', async () => {
    const client = await open(await kubeconfig({ user: { username: 'me', password: 'pw', as: 'deployer' } }));
    await client.version();
    const basic = `Basic ${Buffer.from('me:pw').toString('base64')}`;
    expect(versionsSeen()[0]?.headers).toMatchObject({
      authorization: basic,
      'impersonate-user': 'deployer',
    });
    await client.close();
  });

  it.each([
    ['that is not there', undefined, undefined, /cannot be read: ENOENT/],
    ['that is no YAML', 'clusters: [', undefined, /cannot be read: /],
    ['that is empty', '', undefined, /config: /],
    ['without the context that was asked for', {}, 'test', /there is no context test; it holds prod$/],
    [
      'without a current context',
      { current: '' },
      undefined,
      /no context is named and none is current; it holds prod$/,
    ],
    [
      'whose context names a cluster that is not in it',
      { contexts: [{ name: 'prod', context: { cluster: 'gone', user: 'u' } }] },
      undefined,
      /context prod names the cluster gone, which is not in it$/,
    ],
    [
      'whose context names a user that is not in it',
      { contexts: [{ name: 'prod', context: { cluster: 'c', user: 'gone' } }] },
      undefined,
      /context prod names the user gone, which is not in it$/,
    ],
  ])('%s is refused with what is wrong', async (_, content, context, words) => {
    if (typeof content === 'string') await writeFile(file('config'), content);
    else if (content !== undefined) await kubeconfig(content);
    await expect(open(file('config'), context)).rejects.toMatchObject({
      name: 'SluiceError',
      code: 'invalid-input',
      message: expect.stringMatching(words),
    });
  });

  it('with an address that is none is refused', async () => {
    await expect(open(await kubeconfig({ cluster: { server: 'prod.example' } }))).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('"prod.example" (context prod of'),
    });
  });

  it('with a SOCKS proxy is refused with what to do', async () => {
    const path = await kubeconfig({ cluster: { 'proxy-url': 'socks5://127.0.0.1:1080' } });
    await expect(open(path)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('Sluice speaks through http and https proxies only'),
    });
  });

  it('with an HTTP proxy goes through it', async () => {
    const asked: string[] = [];
    const sockets: Socket[] = [];
    const proxy = createHttpServer().on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      const upstream = connect(server.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      sockets.push(socket, upstream);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const client = await open(
      await kubeconfig({ cluster: { 'proxy-url': proxyUrl, server: 'http://cluster.test' } }),
    );
    expect(await client.version()).toBe('v1.34.9');
    expect(asked).toEqual(['cluster.test:80']);
    await client.close();
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
});

describe('a credential plugin', () => {
  /** A plugin that gives another token each time, and writes down what it was told. */
  async function plugin(script: string): Promise<string> {
    await writeFile(file('plugin'), `#!/bin/sh\n${script}\n`);
    await chmod(file('plugin'), 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: file('plugin'),
      interactiveMode: 'Never',
      provideClusterInfo: true,
    };
    return kubeconfig({ user: { exec } });
  }
  const credential = (token: string, more = ''): string =>
    `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${token}"${more}}}`;
  const counting = `echo x >> "$0.runs"; echo '${credential("t'$(wc -l < \"$0.runs\" | tr -d ' ')'")}'`;

  it('is run once for many requests, and told what it may expect', async () => {
    const client = await open(await plugin(`printf %s "$KUBERNETES_EXEC_INFO" > "$0.told"; ${counting}`));
    await Promise.all([client.version(), client.version()]);
    await client.version();
    expect(new Set(tokensSeen())).toEqual(new Set(['Bearer t1']));
    expect(JSON.parse(await readFile(file('plugin.told'), 'utf8'))).toMatchObject({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: server.origin } },
    });
    await client.close();
  });

  it('is run again when the server does not take its token any more, and the request goes through', async () => {
    const client = await open(await plugin(counting));
    const fine = answer(200, { gitVersion: 'v1.34.9' });
    server.on('GET /version', fine, refuse(401, 'Unauthorized'), fine);
    await client.version();
    expect(await client.version()).toBe('v1.34.9');
    expect(tokensSeen()).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
    await client.close();
  });

  it('is not run for every request that is refused', async () => {
    const client = await open(await plugin(counting));
    server.on('GET /version', refuse(401, 'Unauthorized'));
    for (let i = 0; i < 4; i += 1) {
      await expect(client.version()).rejects.toMatchObject({
        code: 'unsupported',
        next: 'ask-human',
        message: expect.stringContaining('they are wrong or have expired; renew them'),
      });
    }
    expect(new Set(tokensSeen())).toEqual(new Set(['Bearer t1', 'Bearer t2']));
    await client.close();
  });

  it.each([
    ['is not installed', undefined, /plugin .*nowhere failed: spawn .* ENOENT: it is not installed/],
    ['fails', 'echo "please log in" >&2; exit 1', /plugin .*plugin failed: please log in$/],
    [
      'says nothing that is JSON',
      'echo hello',
      /plugin .*plugin failed: .*: it must answer with an ExecCredential in JSON$/,
    ],
  ])('that %s is told with its words', async (_, script, words) => {
    const missing = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: file('nowhere') } };
    const path = script === undefined ? await kubeconfig({ user: missing }) : await plugin(script);
    const client = await open(path);
    await expect(client.version()).rejects.toMatchObject({
      name: 'SluiceError',
      code: 'unsupported',
      message: expect.stringMatching(words),
    });
    await client.close();
  });
});

describe('a service account of a pod', () => {
  it('lets in with its token, which is read again when it has changed on disk', async () => {
    let now = 0;
    await writeFile(file('token'), 'first\n');
    await writeFile(file('ca.crt'), '');
    const credentials = { kind: 'in-cluster', server: server.origin, folder } as const;
    const client = await openTestCluster(server.origin, { credentials, now: () => now });
    await client.version();
    await writeFile(file('token'), 'second\n');
    await client.version();
    now = 60_000;
    await client.version();
    expect(tokensSeen()).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
    await client.close();
  });

  it('that is refused is read again at once', async () => {
    await writeFile(file('token'), 'first');
    await writeFile(file('ca.crt'), '');
    const credentials = { kind: 'in-cluster', server: server.origin, folder } as const;
    const client = await openTestCluster(server.origin, { credentials });
    await writeFile(file('token'), 'second');
    server.on('GET /version', refuse(401, 'Unauthorized'), answer(200, { gitVersion: 'v1.34.9' }));
    expect(await client.version()).toBe('v1.34.9');
    expect(tokensSeen()).toEqual(['Bearer first', 'Bearer second']);
    await client.close();
  });

  it('is refused where there is none', async () => {
    const credentials = { kind: 'in-cluster', server: server.origin, folder } as const;
    await expect(openTestCluster(server.origin, { credentials })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining('run Sluice in a pod that mounts its service account token'),
    });
  });
});

// Without openssl there is no certificate to try it with; the reason is printed above.
describe.skipIf(!hasOpenssl)('a server with TLS', () => {
  let secure: ScriptedServer;
  let ca: string;
  beforeEach(async () => {
    certify('server', 'IP:127.0.0.1');
    ca = await readFile(file('server.crt'), 'utf8');
    const key = await readFile(file('server.key'));
    secure = await ScriptedServer.start(
      createServer({ cert: ca, key, requestCert: true, rejectUnauthorized: false }),
    );
    secure.on('GET /version', answer(200, { gitVersion: 'v1.34.9' }));
  });
  afterEach(() => secure.stop());

  function certify(name: string, altName: string): void {
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const into = ['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${altName}`];
    execFileSync('openssl', [...made, ...into, ...subject], { stdio: 'pipe' });
  }
  const url = (): string => `https://127.0.0.1:${secure.port}`;

  it('is spoken to when the authority that was named has signed its certificate', async () => {
    const client = await openTestCluster(url(), {
      credentials: { kind: 'token', server: url(), token: 't', ca },
    });
    expect(await client.version()).toBe('v1.34.9');
    await client.close();
  });

  it('is refused under another authority, with what to do', async () => {
    certify('other', 'IP:127.0.0.1');
    const other = await readFile(file('other.crt'), 'utf8');
    const credentials = { kind: 'token', server: url(), token: 't', ca: other } as const;
    const client = await openTestCluster(url(), { credentials });
    await expect(client.version()).rejects.toMatchObject({
      code: 'unreachable',
      next: 'ask-human',
      message: expect.stringContaining(
        'take the certificate authority of this cluster, or correct the address',
      ),
    });
    expect(secure.seen).toEqual([]);
    await client.close();
  });

  it('is refused under another name, with what to do', async () => {
    const named = `https://localhost:${secure.port}`;
    const client = await openTestCluster(named, {
      credentials: { kind: 'token', server: named, token: 't', ca },
    });
    await expect(client.version()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('certificate is for another name'),
    });
    await client.close();
  });

  it('is shown the client certificate of a kubeconfig, also after that was renewed on disk', async () => {
    let now = 0;
    certify('me', 'DNS:me');
    await writeFile(file('authority.crt'), ca);
    const path = await kubeconfig({
      cluster: { server: url(), 'certificate-authority': 'authority.crt' },
      user: { 'client-certificate': 'me.crt', 'client-key': 'me.key' },
    });
    const shown: unknown[] = [];
    secure.on('GET /version', (response, request) => {
      const { socket } = response;
      shown.push(socket && 'getPeerCertificate' in socket ? fingerprintOf(socket) : undefined);
      answer(200, { gitVersion: 'v1.34.9' })(response, request);
    });
    const client = await open(path, undefined, () => now);
    await client.version();
    certify('me', 'DNS:me');
    now = 60_000;
    await client.version();
    expect(shown).toEqual([expect.stringMatching(/:/), expect.stringMatching(/:/)]);
    expect(shown[0]).not.toBe(shown[1]);
    await client.close();
  });
});

function fingerprintOf(socket: object): string {
  const { getPeerCertificate } = socket as { getPeerCertificate(this: object): { fingerprint256: string } };
  return getPeerCertificate.call(socket).fingerprint256;
}
