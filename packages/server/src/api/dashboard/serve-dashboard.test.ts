import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApi, testApi } from '../testing/test-api.ts';
import { isOutdated } from './build-dashboard.ts';
import { readDashboardFiles } from './dashboard-files.ts';
import { openDashboard } from './open-dashboard.ts';

let folder = '';
let api: TestApi;
let complaints: string[] = [];
const SCRIPT = 'console.log("sluice");'.repeat(50);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-dashboard-'));
  complaints = [];
  await mkdir(join(folder, 'dist/assets'), { recursive: true });
  await writeFile(join(folder, 'dist/index.html'), '<!doctype html><title>Sluice</title>');
  await writeFile(join(folder, 'dist/assets/main-abc.js'), SCRIPT);
  await writeFile(join(folder, 'dist/secret.env'), 'KEY=1');
  open();
});
afterEach(async () => {
  await api.app.close();
  await rm(folder, { recursive: true });
});

function open(): void {
  const folders = { web: folder, sources: [join(folder, 'src')] };
  api = testApi({ dashboard: openDashboard(({ message }) => complaints.push(message), folders) });
}

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  api.app.inject({ url, headers: { host: 'localhost', accept: 'text/html,*/*', ...headers } });

describe('the dashboard', () => {
  it.each(['/', '/rollouts/ro-1', '/applications/shop/production/web?tab=difference'])(
    'is one page, whatever its address: %s',
    async (url) => {
      const reply = await get(url);
      expect(reply.statusCode).toBe(200);
      expect(reply.body).toContain('<title>Sluice</title>');
      expect(reply.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      const policy = String(reply.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
    },
  );

  it.each(['/api/v1/nothing', '/api', '/health/nothing', '/auth/nothing', '/.env', '/favicon.ico'])(
    'is not what is shown at %s, which is nothing',
    async (url) => {
      const reply = await get(url);
      expect(reply.statusCode).toBe(404);
      expect(reply.json()).toMatchObject({ code: 'no-such-path' });
    },
  );

  it('is not given to programs, which ask for JSON', async () => {
    expect((await get('/rollouts/ro-1', { accept: 'application/json' })).statusCode).toBe(404);
  });

  it('has files with a hash in their names, which browsers keep for ever and get compressed', async () => {
    const plain = await get('/assets/main-abc.js');
    expect(plain.headers['cache-control']).toContain('immutable');
    expect(plain.body).toBe(SCRIPT);
    const small = await get('/assets/main-abc.js', { 'accept-encoding': 'gzip, br' });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(small.rawPayload).toString()).toBe(SCRIPT);
    const known = await get('/assets/main-abc.js', { 'if-none-match': String(plain.headers.etag) });
    expect(known.statusCode).toBe(304);
  });

  it.each([
    '/assets/nothing.js',
    '/assets/..%2fsecret.env',
    '/assets/%2e%2e/secret.env',
    '/assets/secret.env',
  ])('gives nothing else: %s', async (url) => {
    const reply = await get(url);
    expect(reply.statusCode).toBe(404);
    expect(reply.body).not.toContain('KEY=1');
  });

  it('is nothing of what another server is building at the moment', async () => {
    await mkdir(join(folder, 'dist/.half/assets'), { recursive: true });
    await writeFile(join(folder, 'dist/.half/assets/main-def.js'), SCRIPT);
    const read = await readDashboardFiles(join(folder, 'dist'));
    expect([...(read?.others.keys() ?? [])]).toEqual(['/assets/main-abc.js']);
  });

  it('that could not be read is read again for the next page', async () => {
    let looks = 0;
    const folders = {
      web: folder,
      get sources(): readonly string[] {
        looks += 1;
        if (looks === 1) throw new TypeError('the disk was away');
        return [];
      },
    };
    const dashboard = openDashboard(({ message }) => complaints.push(message), folders);
    await expect(dashboard.files()).rejects.toThrow('the disk was away');
    expect((await dashboard.files())?.others.size).toBe(1);
  });

  it('that was not built and cannot be says so, and is tried again', async () => {
    await rm(join(folder, 'dist'), { recursive: true });
    const reply = await get('/');
    expect(reply.statusCode).toBe(503);
    expect(reply.json()).toMatchObject({ code: 'dashboard-not-built' });
    expect(complaints).toHaveLength(1);
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist/index.html'), '<title>Sluice</title>');
    expect((await get('/')).statusCode).toBe(200);
  });
});

it('what is older than its sources is outdated, tests aside', async () => {
  const folders = { web: folder, sources: [join(folder, 'src')] };
  expect(await isOutdated(folders)).toBe(false);
  await mkdir(join(folder, 'src/deep'), { recursive: true });
  const later = new Date(Date.now() + 60_000);
  const write = async (name: string) => {
    await writeFile(join(folder, 'src/deep', name), '');
    await utimes(join(folder, 'src/deep', name), later, later);
  };
  await write('page.test.ts');
  expect(await isOutdated(folders)).toBe(false);
  await write('page.tsx');
  expect(await isOutdated(folders)).toBe(true);
});
