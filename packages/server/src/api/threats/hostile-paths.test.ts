/** Nothing that stands in a path or names a log, a payload or a file leads to a file elsewhere on the machine. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDashboard } from '../dashboard/open-dashboard.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const SECRET = 'what-lies-beside-the-dashboard';
let folder = '';
let api: TestApi;
let port = 0;
let paths: readonly string[] = [];
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-paths-'));
  await mkdir(join(folder, 'dist/assets'), { recursive: true });
  await writeFile(join(folder, 'dist/index.html'), '<!doctype html><title>Sluice</title>');
  await writeFile(join(folder, 'secret.svg'), SECRET);
  api = testApi({
    dashboard: openDashboard(() => {}, { web: folder, sources: [] }),
    payloads: {
      keep: () => Promise.reject(new Error('nothing is brought here')),
      open: async (payload) => {
        asked.push(payload);
        throw new Error('no payload is looked for by such a name');
      },
    },
  });
  const known: string[] = [];
  api.app.addHook('onRoute', ({ method, url }) => {
    if ([method].flat().includes('GET') && url.includes(':')) known.push(url);
  });
  ({ port } = await listenOnLoopback(api.app, { port: 0 }));
  paths = known;
});
afterAll(async () => {
  await api.app.close();
  await rm(folder, { recursive: true });
});

/** The whole answer to a path that is sent as it is: clients would tidy it. */
function sent(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
    );
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const CLIMBS = [
  '../../secret.svg',
  '..%2f..%2fsecret.svg',
  '%2e%2e/%2e%2e/secret.svg',
  '%2e%2e%2f%2e%2e%2fsecret.svg',
  '..%5c..%5csecret.svg',
  '%252e%252e%252fsecret.svg',
  '..%00.svg',
  '%2fetc%2fpasswd',
  '..',
  '%c0%ae%c0%ae%2fsecret.svg',
];

test.each(CLIMBS)('%s is the id of nothing, at any place of any path', { timeout: 30_000 }, async (climb) => {
  expect(paths.length).toBeGreaterThan(20);
  for (const path of paths) {
    const places = path.match(/:[a-zA-Z]+/g) ?? [];
    for (const place of places) {
      const answer = await sent(path.replace(place, climb).replaceAll(/:[a-zA-Z]+/g, 'x'));
      expect(answer, path).toMatch(/^HTTP\/1.1 4\d\d /);
      expect(answer, path).not.toContain(SECRET);
      expect(answer, path).not.toContain('root:');
    }
  }
  expect(asked).toEqual([]);
});

test.each(CLIMBS)('/assets/%s is no file of the dashboard', async (climb) => {
  for (const path of [`/assets/${climb}`, `/${climb}`, `//${climb}`]) {
    expect(await sent(path), path).not.toContain(SECRET);
    expect(await sent(path), path).not.toContain('root:');
  }
});
