import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { EMPTY_SPLIT, type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testRevisionId, testTrack } from '../../targets/testing/test-revision.ts';
import { type Answered, RequestLoad } from '../testing/request-load.ts';
import { describeTrafficRouterContract } from '../traffic-router.contract.ts';
import type { SplitRequest } from '../traffic-router.ts';
import { adminSocket } from './admin-socket.ts';
import { findHaproxy } from './find-haproxy.ts';
import { haproxyRouter } from './haproxy-router.ts';
import { HaproxyWorld, whyNoHaproxy } from './testing/haproxy-world.ts';

const missing = await whyNoHaproxy();
if (missing !== undefined) reportSkip(`the router that drives HAProxy: ${missing}`);

const TRACK = testTrack('web');
const [FIRST, SECOND] = [testRevisionId(1), testRevisionId(2)];
const PATIENCE = { timeout: 20_000, interval: 10 };
const failure = (code: string, words = /./) =>
  expect.objectContaining({ name: 'SluiceError', code, message: expect.stringMatching(words) });

// Where HAProxy is not installed the reason is printed above.
describe.skipIf(missing !== undefined)('HAProxy', () => {
  describeTrafficRouterContract('HAProxy', () => HaproxyWorld.start());
});

// As above: the reason is printed where HAProxy is not installed.
describe.skipIf(missing !== undefined)('a router that drives HAProxy', () => {
  let world: HaproxyWorld;
  let load: RequestLoad;
  beforeEach(async () => {
    world = await HaproxyWorld.start();
    load = new RequestLoad(world.origin, 'web.test');
    await Promise.all([world.run(TRACK, FIRST, 1), world.run(TRACK, SECOND, 1)]);
  });
  afterEach(async () => {
    await load.close();
    await world.close();
  });

  const order = (split: Split, changes: Partial<SplitRequest> = {}): SplitRequest => ({
    track: TRACK,
    split,
    route: { host: null, path: '/' },
    request: { protocol: 'http1', timeoutMs: 20_000, maxBodyBytes: 0 },
    goal: null,
    generation: world.nextGeneration(),
    ...changes,
  });
  const apply = (split: Split, changes: Partial<SplitRequest> = {}) =>
    world.router.apply(order(split, changes));
  const admin = () => adminSocket(join(world.directory, 'admin.sock'));
  const served = async () => (await load.ask()).echo?.revision;
  const script = async (text: string): Promise<string> => {
    const path = join(world.directory, 'program');
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it('goes on when the control plane lets go of it, and is adopted by the next one', async () => {
    await apply(wholeTo(SECOND));
    const pid = await world.router.pid();
    await world.router.close();
    expect(await served()).toBe(SECOND);
    await world.open();
    expect(await world.router.pid()).toBe(pid);
    expect((await world.router.observe(TRACK))?.split).toEqual(wholeTo(SECOND));
  });

  it('is started again when it is killed, with the splits and instances that it had', async () => {
    await apply(wholeTo(SECOND));
    const pid = (await world.router.pid()) ?? 0;
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(async () => expect(await served()).toBe(SECOND), PATIENCE);
    expect(await world.router.pid()).not.toBe(pid);
  });

  it('carries an order out although it was killed just before', async () => {
    await apply(wholeTo(FIRST));
    process.kill((await world.router.pid()) ?? 0, 'SIGKILL');
    await apply(wholeTo(SECOND));
    expect(await served()).toBe(SECOND);
  });

  it('loses no request when it is replaced because its settings have changed', async () => {
    await apply(wholeTo(FIRST));
    const pid = await world.router.pid();
    let asking = true;
    const answers: Answered[] = [];
    const lane = (async () => {
      while (asking) answers.push(...(await load.askMany(20)));
    })();
    await world.router.close();
    await world.open({ connections: 1_000 });
    expect(await world.router.pid()).not.toBe(pid);
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(500), PATIENCE);
    asking = false;
    await lane;
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    await apply(wholeTo(SECOND));
    expect(await served()).toBe(SECOND);
  });

  it('belongs to one control plane at a time', async () => {
    const second = haproxyRouter({
      directory: world.directory,
      listenPort: 1,
      endpoints: async () => [],
    });
    await expect(second).rejects.toEqual(failure('conflict', /drives the HAProxy/));
  });

  it('says so when its port is taken', async () => {
    const { port } = new URL(world.origin);
    const second = haproxyRouter({
      directory: join(world.directory, 'second'),
      listenPort: Number(port),
      endpoints: async () => [],
    });
    await expect(second).rejects.toEqual(failure('conflict', /Address already in use/));
  });

  it('observes what is in force and not what was ordered, and puts that right when it is opened', async () => {
    const request = order(wholeTo(FIRST));
    await world.router.apply(request);
    const map = join(world.directory, 'splits.map');
    const line = /value="(.*?)"/.exec(await admin().ask(`get map ${map} shop%2Ftest%2Fweb`))?.[1] ?? '';
    await admin().ask(`set map ${map} shop%2Ftest%2Fweb ${line.replace('|10000:', '|0:')}`);
    await admin().ask(`add map ${map} shop%2Ftest%2Fghost ${line}`);
    const nothing = { ...EMPTY_SPLIT, weights: [{ revision: FIRST, basisPoints: 0 }] };
    expect((await world.router.observe(TRACK))?.split).toEqual(nothing);
    await world.router.close();
    await world.open();
    expect((await world.router.observe(TRACK))?.split).toEqual(wholeTo(FIRST));
    expect(await world.router.observe(testTrack('ghost'))).toBeNull();
  });

  it('lets backends and servers of forgotten revisions go, however many come by', async () => {
    await world.router.stop();
    await world.open({ backends: 2 });
    for (let number = 3; number <= 8; number++) {
      const revision = testRevisionId(number);
      await world.run(TRACK, revision, 1);
      // The last one ends its requests and its idle connections before its backend is free.
      await vi.waitFor(() => apply(wholeTo(revision)), PATIENCE);
      expect(await served()).toBe(revision);
    }
    await vi.waitFor(async () => {
      await world.router.observe(TRACK);
      expect((await admin().ask('show servers state')).trim().split('\n')).toHaveLength(3);
    }, PATIENCE);
    const third = {
      ...EMPTY_SPLIT,
      weights: [0, 1, 2].map((n) => ({
        revision: testRevisionId(n),
        basisPoints: n * 3_333 + (n === 2 ? 1 : 0),
      })),
    };
    await expect(apply(third)).rejects.toEqual(failure('exhausted', /All 2 backends/));
  });

  it('refuses to serve two tracks on one route, until one of them serves nothing', async () => {
    await apply(wholeTo(FIRST));
    const other = testTrack('other');
    await world.run(other, SECOND, 1);
    const taken = apply(wholeTo(SECOND), { track: other });
    await expect(taken).rejects.toEqual(failure('conflict', /shop\/test\/web is/));
    await apply(EMPTY_SPLIT);
    await apply(wholeTo(SECOND), { track: other });
    expect(await served()).toBe(SECOND);
  });

  it('refuses a body without a length where bodies are limited', async () => {
    const chunked = async () => {
      const body = (async function* () {
        yield Buffer.from('x');
      })();
      return load.ask({ method: 'POST', body });
    };
    await apply(wholeTo(FIRST));
    expect((await chunked()).echo?.bytes).toBe(1);
    await apply(wholeTo(FIRST), { request: { protocol: 'http1', timeoutMs: 1_000, maxBodyBytes: 10 } });
    expect(await chunked()).toMatchObject({ status: 411, headers: { 'x-sluice-reason': 'length-missing' } });
  });

  it('refuses a split that is too long for it, before anything is changed', async () => {
    await apply(wholeTo(FIRST));
    const oneOf = Array.from({ length: 3_000 }, (_, at) => `user-${at}`);
    const matches = [{ revision: SECOND, conditions: [{ on: 'header', name: 'x', oneOf } as const] }];
    const long = apply({ ...wholeTo(FIRST), matches });
    await expect(long).rejects.toEqual(failure('unsupported', /characters/));
    expect((await world.router.observe(TRACK))?.split).toEqual(wholeTo(FIRST));
    await apply(wholeTo(SECOND));
  });

  it('refuses a route that its maps cannot hold', async () => {
    const route = { host: null, path: '/a b;c' };
    await expect(apply(wholeTo(FIRST), { route })).rejects.toEqual(failure('unsupported', /is routed at/));
  });

  it('talks to instances in h2c when the component does', async () => {
    const server = createServer((_request, response) => response.end('{"revision":"h2c"}'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await world.router.close();
    await world.open({ endpoints: async () => [{ host: '127.0.0.1', port }] });
    const request = { protocol: 'h2c', timeoutMs: 5_000, maxBodyBytes: 0 } as const;
    await apply(wholeTo(FIRST), { request });
    expect(await served()).toBe('h2c');
    await world.router.stop();
    await new Promise((resolve) => server.close(resolve));
  });

  it('without Lua cannot match or keep users, says so, and splits all the same', async () => {
    const { path } = await findHaproxy();
    const binary = await script(
      `if [ "$1" = -vv ]; then ${path} -vv | sed s/+LUA/-LUA/; else exec ${path} "$@"; fi`,
    );
    await world.router.stop();
    await world.open({ binary });
    expect(world.router.capabilities()).toMatchObject({ matchOn: [], sticky: [], granularityBasisPoints: 1 });
    const sticky = { ...wholeTo(FIRST), sticky: { by: 'address' } as const };
    await expect(apply(sticky)).rejects.toEqual(failure('unsupported', /keeps users by address/));
    await apply(wholeTo(SECOND));
    expect(await served()).toBe(SECOND);
  });

  it('says in words that a program is too old or is not there', async () => {
    const old = await script('echo "HAProxy version 2.4.22-1 2023/01/01"');
    await expect(findHaproxy(old)).rejects.toEqual(
      failure('unsupported', /HAProxy 2\.4\.22-1.*2\.6 or newer/),
    );
    await expect(findHaproxy('/nowhere/haproxy')).rejects.toEqual(
      failure('not-found', /install the package/),
    );
  });

  it('refuses a state that it does not understand instead of forgetting it', async () => {
    await apply(wholeTo(FIRST));
    await world.router.close();
    const path = join(world.directory, 'state.json');
    const before = await readFile(path, 'utf8');
    await writeFile(path, '{"version":99}');
    const opened: unknown = await world.open().catch((thrown: unknown) => thrown);
    expect(SluiceError.from(opened, '').message).toMatch(/state\.json is not what this version wrote/);
    await writeFile(path, before);
    await world.open();
    expect((await world.router.observe(TRACK))?.split).toEqual(wholeTo(FIRST));
  });
});
