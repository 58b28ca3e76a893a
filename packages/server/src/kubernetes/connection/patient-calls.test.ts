import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../cluster-client.ts';
import {
  ScriptedServer,
  type ScriptedAnswer,
  answer,
  cutInTheMiddle,
  refuse,
  silence,
} from '../testing/scripted-server.ts';
import { openTestCluster } from '../testing/test-cluster.ts';
import { ClusterConnection } from './cluster-connection.ts';
import { type PatientCalls, patientCalls } from './patient-calls.ts';

const request = {
  verb: 'get',
  kind: 'ConfigMap',
  action: 'read ConfigMap shop/one',
  method: 'GET',
  path: '/one',
} as const;

let server: ScriptedServer;
let connection: ClusterConnection;
let calls: PatientCalls;
const waits: number[] = [];
beforeEach(async () => {
  server = await ScriptedServer.start();
  connection = new ClusterConnection({
    name: 'test',
    access: {
      server: `${server.origin}/prefix/`,
      proxy: undefined,
      origin: 'a token',
      current: () => Promise.resolve(access),
      renew: () => undefined,
    },
    requestTimeoutMs: 5_000,
    onCall: () => undefined,
    now: Date.now,
  });
  waits.length = 0;
  calls = patientCalls(connection, (ms) => {
    waits.push(ms);
    return Promise.resolve();
  });
});
afterEach(async () => {
  await connection.close();
  await server.stop();
});
const access = { headers: {}, tls: {} };
const one = 'GET /prefix/one';
const fine = answer(200, { fine: true });

describe('a server that is busy', () => {
  it('is asked again after the time it says', async () => {
    server.on(one, refuse(429, 'busy', { retryAfter: 2 }), refuse(503, 'starting', { retryAfter: 1 }), fine);
    expect(await calls.json(request)).toEqual({ fine: true });
    expect(waits).toEqual([2000, 1000]);
  });

  it('is asked four times at most', async () => {
    server.on(one, refuse(429, 'busy', { retryAfter: 1 }));
    await expect(calls.json(request)).rejects.toMatchObject({ code: 'exhausted', next: 'retry-after' });
    expect(server.seenOf(one)).toHaveLength(4);
  });

  it('that wants a long pause is not waited for, but told', async () => {
    server.on(one, refuse(429, 'busy', { retryAfter: 60 }));
    await expect(calls.json(request)).rejects.toMatchObject({ code: 'exhausted', retryAfterMs: 60_000 });
    expect(waits).toEqual([]);
  });

  it('without a word about when is told at once, unless it has too many requests', async () => {
    server.on(one, refuse(503, 'the server is currently unable to handle the request'));
    await expect(calls.json(request)).rejects.toMatchObject({ code: 'unreachable' });
    server.on(one, refuse(429, 'busy'), fine);
    await calls.json(request);
    expect(waits).toEqual([1000]);
  });
});

describe('a connection that is cut', () => {
  const cut: ScriptedAnswer = (response) => response.destroy();

  it('is made again once for what may be repeated', async () => {
    server.on(one, cut, fine);
    expect(await calls.json(request)).toEqual({ fine: true });
    server.on('PATCH /prefix/one', cut, fine);
    expect(await calls.json({ ...request, verb: 'apply', method: 'PATCH' })).toEqual({ fine: true });
  });

  it('twice is told, also in the middle of an answer', async () => {
    server.on(one, cutInTheMiddle);
    await expect(calls.json(request)).rejects.toMatchObject({
      code: 'unreachable',
      next: 'retry',
      message: expect.stringMatching(/^read ConfigMap shop\/one in cluster test: .*the connection was cut/),
    });
    expect(server.seenOf(one)).toHaveLength(2);
  });

  it('is told at once for what must not be repeated', async () => {
    server.on('POST /prefix/one', cut);
    await expect(calls.json({ ...request, verb: 'create', method: 'POST' })).rejects.toBeInstanceOf(
      SluiceError,
    );
    expect(server.seenOf('POST /prefix/one')).toHaveLength(1);
  });
});

describe('a server that is no API server', () => {
  it('or hides behind a page is told by what it said', async () => {
    server.on(one, answer(200, '<html>sign in</html>'));
    await expect(calls.json(request)).rejects.toMatchObject({
      code: 'invalid-reply',
      message: expect.stringContaining('is no JSON but "<html>sign in</html>"'),
    });
  });

  it('and answers without end is not read to its end', async () => {
    server.on(one, answer(200, 'x'.repeat(5000)));
    await expect(calls.json({ ...request, longestReplyBytes: 1000 })).rejects.toMatchObject({
      code: 'invalid-reply',
      message: expect.stringContaining('longer than 1000 bytes'),
    });
  });
});

describe('a server that is slow', () => {
  it.each([
    ['never answers', silence],
    [
      'stops in the middle of an answer',
      ((response) => {
        response.writeHead(200);
        response.write('{"half":');
      }) satisfies ScriptedAnswer,
    ],
  ])('and %s is given up in time', async (_, slow) => {
    server.on(one, slow);
    await expect(calls.json({ ...request, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timed-out',
      next: 'retry',
      message: expect.stringContaining('gave no full answer within 0.05 s'),
    });
  });
});

it('a client that is closed ends what is under way and takes nothing more', async () => {
  const client: ClusterClient = await openTestCluster(server.origin);
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'one' };
  const asked = new Promise((resolve) => {
    server.on('GET /api/v1/namespaces/shop/configmaps/one', resolve);
  });
  const reading = expect(client.read(reference)).rejects.toMatchObject({
    message: expect.stringContaining('closed'),
  });
  await asked;
  await client.close();
  await reading;
  await expect(client.read(reference)).rejects.toMatchObject({ next: 'stop' });
});
