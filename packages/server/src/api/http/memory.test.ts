import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentMemory } from '../../memory/agent-memory.ts';
import { storedPayloads } from '../../payloads/stored-payloads.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { newTaskId } from '../../tasks/task-id.ts';
import type { Api } from '../api-instance.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { testApi } from '../testing/test-api.ts';

const database = withDatabase();
let app: Api;
const AGENT = 'track=shop%2Fproduction%2Fagent';

beforeEach(() => {
  const newId = () => newTaskId(Date.now());
  ({ app } = testApi({
    memory: agentMemory({ db: database.db, tenant: 'default', usedBytes: async () => 0 }),
    payloads: storedPayloads(database.db, 'default', { newId, usedBytes: async () => 0 }),
  }));
});
afterEach(() => app.close());

const ask = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, payload?: object) => {
  const reply = await app.inject({
    method,
    url,
    headers: { host: 'localhost' },
    ...(payload && { payload }),
  });
  return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
};

describe('the memory of agents over HTTP', () => {
  it('is written, read, listed, searched and deleted, each scope for itself', async () => {
    const put = await ask('PUT', `/api/v1/memory/likes?${AGENT}`, { value: { colour: 'dark red' } });
    expect(put).toMatchObject({ status: 200, body: { lines: 0 } });
    expect(await ask('GET', `/api/v1/memory/likes?${AGENT}`)).toMatchObject({
      status: 200,
      body: { value: { colour: 'dark red' }, version: put.body['version'] },
    });
    expect(await ask('GET', '/api/v1/memory/likes')).toMatchObject({ status: 404 });
    expect(await ask('GET', `/api/v1/memory?${AGENT}&prefix=li`)).toMatchObject({
      body: { items: [{ key: 'likes' }], next: null },
    });
    const search = { track: 'shop/production/agent', text: 'red' };
    expect(await ask('POST', '/api/v1/memory-search', search)).toMatchObject({
      status: 200,
      body: { items: [{ key: 'likes', sequence: 0 }] },
    });
    expect(await ask('DELETE', `/api/v1/memory/likes?${AGENT}`)).toMatchObject({ body: { wasThere: true } });
  });

  it('takes lines, and gives them page by page', async () => {
    for (const value of ['one', 'two', 'three'])
      expect(await ask('POST', `/api/v1/memory/log/lines?${AGENT}&session=talk`, { value })).toMatchObject({
        status: 201,
      });
    const page = await ask('GET', `/api/v1/memory/log/lines?${AGENT}&session=talk&limit=2`);
    expect(page.body['items']).toMatchObject([{ sequence: 1, value: 'one' }, { sequence: 2 }]);
    const next = encodeURIComponent(String(page.body['next']));
    expect(
      await ask('GET', `/api/v1/memory/log/lines?${AGENT}&session=talk&limit=2&cursor=${next}`),
    ).toMatchObject({ body: { items: [{ value: 'three' }], next: null } });
  });

  it('is refused with what to do', async () => {
    await ask('PUT', '/api/v1/memory/k', { value: 1 });
    expect(await ask('PUT', '/api/v1/memory/k', { value: 2, expectedVersion: 0 })).toMatchObject({
      status: 409,
      body: { code: 'conflict', remedy: expect.stringContaining('Read it again') },
    });
    expect(await ask('GET', '/api/v1/memory/k?session=talk')).toMatchObject({ status: 422 });
    expect(await ask('PUT', '/api/v1/memory/k', { value: 'x'.repeat(70_000) })).toMatchObject({
      status: 422,
      body: { code: 'invalid-memory' },
    });
  });
});

describe('a payload over HTTP', () => {
  it('is taken over a real connection, as large as it is', async () => {
    const { url } = await listenOnLoopback(app, { port: 0 });
    const kept = await fetch(`${url}/api/v1/payloads`, {
      ...{ method: 'POST', body: 'x'.repeat(1_000_000), headers: { 'content-type': 'text/plain' } },
    });
    expect(await kept.json()).toMatchObject({ bytes: 1_000_000, mediaType: 'text/plain' });
  });

  it('is kept as it is, and given back as nothing that a browser would show', async () => {
    const content = Buffer.from('<html>hello</html>'.repeat(40_000));
    const headers = { host: 'localhost', 'content-type': 'text/html' };
    const kept = await app.inject({ method: 'POST', url: '/api/v1/payloads', headers, payload: content });
    const payload = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    expect(kept.json()).toEqual({ payload, bytes: content.length, mediaType: 'text/html' });
    const read = await app.inject({ url: `/api/v1/payloads/${payload}`, headers: { host: 'localhost' } });
    expect(read.rawPayload.equals(content)).toBe(true);
    expect(read.headers).toMatchObject({
      ...{ 'content-type': 'application/octet-stream', 'payload-media-type': 'text/html' },
      'x-content-type-options': 'nosniff',
    });
    expect(await ask('GET', `/api/v1/payloads/sha256:${'0'.repeat(64)}`)).toMatchObject({ status: 404 });
  });
});
