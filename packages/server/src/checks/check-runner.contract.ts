import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckSpec, NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testComponent, testRevision } from '../targets/testing/test-revision.ts';
import type { CheckRunner } from './check-runner.ts';

const never = new AbortController().signal;

const httpCheck = (changes: Partial<Extract<CheckSpec, { kind: 'http' }>> = {}): CheckSpec => ({
  name: 'smoke',
  kind: 'http',
  path: '/smoke',
  expectStatus: 200,
  expectBody: null,
  timeoutMs: 10_000,
  attempts: 1,
  ...changes,
});

const tcpCheck: CheckSpec = { name: 'port', kind: 'tcp', timeoutMs: 10_000, attempts: 1 };

const commandCheck = (command: string, timeoutMs = 20_000): CheckSpec => ({
  name: 'command',
  kind: 'command',
  command,
  timeoutMs,
  attempts: 1,
});

/** What every check runner promises, tried on real servers and processes of this machine. */
export function describeCheckRunnerContract(name: string, makeRunner: () => CheckRunner): void {
  describe(`${name} as a check runner`, () => {
    let directory: string;
    let servers: Server[];
    const runner = makeRunner();

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'sluice-checks-'));
      servers = [];
    });
    afterEach(async () => {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      await rm(directory, { recursive: true });
    });

    const serve = async (answer: RequestListener) => {
      const server = createServer(answer).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    };
    const answering = (status: number, body = '') =>
      serve((_request, response) => response.writeHead(status).end(body));
    const run = (check: CheckSpec, endpoints: readonly { host: string; port: number }[], signal = never) =>
      runner.run(check, { revision: testRevision(1, { directory }), endpoints }, signal);

    it('fails every kind of check with the reason when no instance is ready', async () => {
      for (const check of [httpCheck(), tcpCheck, commandCheck('true')]) {
        const result = await run(check, []);
        expect(result.passed).toBe(false);
        expect(result.message).toMatch(/ready/);
      }
    });

    it('passes an HTTP check only when every ready instance answers as expected', async () => {
      const [good, alsoGood, bad] = [await answering(200), await answering(200), await answering(503)];
      expect((await run(httpCheck(), [good, alsoGood])).passed).toBe(true);
      const result = await run(httpCheck(), [good, bad, alsoGood]);
      expect(result.passed).toBe(false);
      expect(result.message).toContain(`:${bad.port}`);
      expect(result.message).toContain('503');
    });

    it('compares the status and searches the body for the expected text', async () => {
      const page = await answering(418, 'short and stout');
      expect((await run(httpCheck({ expectStatus: 418 }), [page])).passed).toBe(true);
      expect((await run(httpCheck({ expectStatus: 418, expectBody: 'and st' }), [page])).passed).toBe(true);
      const without = await run(httpCheck({ expectStatus: 418, expectBody: 'a handle' }), [page]);
      expect(without.passed).toBe(false);
      expect(without.message).toContain('"a handle"');
    });

    it('takes a redirect as an answer and does not follow it', async () => {
      const page = await answering(200);
      const redirecting = await serve((_request, response) =>
        response.writeHead(302, { location: `http://127.0.0.1:${page.port}/` }).end(),
      );
      expect((await run(httpCheck(), [redirecting])).passed).toBe(false);
      expect((await run(httpCheck({ expectStatus: 302 }), [redirecting])).passed).toBe(true);
    });

    it('passes a TCP check when every ready instance accepts a connection', async () => {
      const good = await answering(200);
      const gone = { host: '127.0.0.1', port: await unusedPort() };
      expect((await run(tcpCheck, [good])).passed).toBe(true);
      expect((await run(tcpCheck, [good, gone])).message).toContain(`:${gone.port}`);
    });

    it('passes a command check by its exit code, and reports the last words of one that fails', async () => {
      const candidate = await answering(200);
      expect((await run(commandCheck('exit 0'), [candidate])).passed).toBe(true);
      const failed = await run(commandCheck('echo about to fail; exit 7'), [candidate]);
      expect(failed).toEqual({ passed: false, message: expect.stringMatching(/7.*about to fail/) });
    });

    it('never throws: an instance that does not answer in time is a failed check', async () => {
      const silent = await serve(() => undefined);
      const result = await run(httpCheck({ timeoutMs: 100 }), [silent]);
      expect(result).toEqual({ passed: false, message: expect.stringMatching(/\S/) });
    });

    it('never throws: a check that is called off, before or in the middle, is a failed check', async () => {
      const reached = Promise.withResolvers<void>();
      const silent = await serve(() => reached.resolve());
      for (const check of [httpCheck(), tcpCheck, commandCheck('sleep 600')]) {
        expect((await run(check, [silent], AbortSignal.abort())).passed).toBe(false);
      }
      const middle = new AbortController();
      const running = run(httpCheck({ timeoutMs: 60_000 }), [silent], middle.signal);
      await reached.promise;
      middle.abort();
      expect((await running).passed).toBe(false);
    });

    it('never throws: a folder that is gone is a failed command check', async () => {
      const revision = testRevision(1, { directory: join(directory, 'gone') });
      const endpoints = [await answering(200)];
      const result = await runner.run(commandCheck('true'), { revision, endpoints }, never);
      expect(result).toEqual({ passed: false, message: expect.stringContaining('gone') });
    });

    it('reaches a need that listens and not one that does not', async () => {
      const { port } = await answering(404);
      const free = await unusedPort();
      const reach = (need: Partial<NeedSpec>) =>
        runner.reach(
          { kind: 'tcp', address: '', timeoutMs: 10_000, ...need },
          testRevision(1, { directory, component: testComponent({ env: { API: `127.0.0.1:${port}` } }) }),
          never,
        );
      expect((await reach({ address: `127.0.0.1:${port}` })).passed).toBe(true);
      expect((await reach({ kind: 'http', address: `http://127.0.0.1:${port}/x` })).passed).toBe(true);
      expect((await reach({ kind: 'http', address: 'API' })).passed).toBe(true);
      expect((await reach({ kind: 'redis', address: 'API' })).passed).toBe(false);
      expect((await reach({ kind: 'postgres', address: 'API' })).passed).toBe(false);
      for (const kind of ['tcp', 'http', 'redis', 'postgres'] as const) {
        const result = await reach({ kind, address: `127.0.0.1:${free}` });
        expect(result).toEqual({ passed: false, message: expect.stringContaining(`${free}`) });
      }
      expect((await reach({ address: 'UNHEARD_OF' })).message).toContain('UNHEARD_OF');
    });
  });
}

/** A port that nobody listened on a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
