import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { listenOnLoopback } from '@sluice/server/api/listen-on-loopback.ts';
import type { SharedPort } from '@sluice/server/api/shared-port.ts';
import { testApi } from '@sluice/server/api/testing/test-api.ts';
import { openSecureDoor } from '@sluice/server/api/secure-door.ts';
import { testAuthority } from '@sluice/server/tls/testing/test-certificates.ts';
import { watchCertificate } from '@sluice/server/tls/watched-certificate.ts';
import { createLog } from '@sluice/server/telemetry/log.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readAuthority, readCredential, writeCredential } from '../src/context/credentials.ts';
import { type TestCli, testCli } from './cli-harness.ts';

const ending = new AbortController();
const known = getCACertificates('default');
let cli: TestCli;
let folder: string;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  cli = await testCli();
  folder = await mkdtemp(join(tmpdir(), 'sluice-cli-tls-'));
  const authority = testAuthority();
  const { certificate, key } = authority.issue({ use: 'server', hosts: ['127.0.0.1'] });
  const file = (name: string): string => join(folder, name);
  await writeFile(file('ca.pem'), authority.certificate);
  await writeFile(file('tls.crt'), certificate);
  await writeFile(file('tls.key'), key);
  const log = createLog({ level: 'fatal', destination: { write: () => undefined } });
  const files = { certificateFile: file('tls.crt'), keyFile: file('tls.key'), clientAuthorityFile: null };
  const watched = await watchCertificate(files, { log, now: Date.now, signal: ending.signal });
  const { app } = testApi();
  await listenOnLoopback(app, { port: 0 });
  const place = { address: '127.0.0.1', port: 0 };
  url = await openSecureDoor(app.server as unknown as SharedPort, place, { certificate: watched, log });
  close = () => app.close();
});
afterEach(() => setDefaultCACertificates(known));
afterAll(async () => {
  ending.abort();
  await Promise.all([cli.close(), close()]);
  await rm(folder, { recursive: true });
});

const asked = (environment: Record<string, string>) =>
  cli.run(`status --api ${url}`, { environment: { XDG_CONFIG_HOME: folder, ...environment } });

test('a certificate of an authority that nobody knows is not trusted, and the way out is named', async () => {
  const { code, stderr } = await asked({});
  expect(code).not.toBe(0);
  expect(stderr).toContain('SLUICE_CA_FILE');
});

test('the authority of SLUICE_CA_FILE is trusted; a file that is none is named', async () => {
  expect(await asked({ SLUICE_CA_FILE: join(folder, 'ca.pem') })).toMatchObject({ code: 0, stderr: '' });
  const { code, stderr } = await asked({ SLUICE_CA_FILE: join(folder, 'nothing.pem') });
  expect([code, stderr]).toEqual([1, expect.stringContaining('cannot be read (ENOENT)')]);
  expect((await asked({ SLUICE_CA_FILE: join(folder, 'tls.key') })).stderr).toContain('holds no certificate');
});

test('what was signed in with --ca is trusted from then on, at that address alone', async () => {
  const environment = { XDG_CONFIG_HOME: folder };
  const token = `slu_${'0'.repeat(16)}_${'a'.repeat(43)}`;
  const args = `login --token --api ${url} --ca ${join(folder, 'ca.pem')}`;
  const signedIn = await cli.run(args, { environment, input: token });
  // The control plane in memory knows no accounts: what matters is that it was reached.
  expect(signedIn.stderr).not.toContain('certificate');
  const ca = await readFile(join(folder, 'ca.pem'), 'utf8');
  await writeCredential(environment, url, { token, ca });
  setDefaultCACertificates(known);
  expect(await asked({})).toMatchObject({ code: 0, stderr: '' });
  expect(await readCredential(environment, url)).toBe(token);
  expect(await readAuthority(environment, 'https://other.example')).toBeUndefined();
});
