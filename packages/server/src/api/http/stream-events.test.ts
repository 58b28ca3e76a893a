import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { sampleEvent } from '@sluice/protocol/http/testing/sample-views.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
let url = '';

beforeEach(async () => {
  api = testApi({ limits: { eventSubscribers: 2, heartbeatMs: 30, drainTimeoutMs: 100 } });
  ({ url } = await listenOnLoopback(api.app, { port: 0 }));
});
afterEach(() => api.app.close());

interface Subscriber {
  readonly response: Response;
  /** Resolves when the text so far fits. */
  until(pattern: RegExp): Promise<string>;
  leave(): void;
}

async function subscribe(query = '', headers: Record<string, string> = {}): Promise<Subscriber> {
  const gone = new AbortController();
  const response = await fetch(`${url}/api/v1/events${query}`, { headers, signal: gone.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    until: async (pattern) => {
      while (!pattern.test(text)) {
        const part = await reader?.read();
        if (!part || part.done) break;
        text += part.value;
      }
      return text;
    },
    leave: () => gone.abort(),
  };
}

test('what has happened comes first and what happens follows, each with its sequence number as id', async () => {
  api.plane.feed.publish(sampleEvent(1));
  const subscriber = await subscribe();
  expect(subscriber.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await subscriber.until(/id: 1\n/);
  api.plane.feed.publish(sampleEvent(2));
  const text = await subscriber.until(/id: 2\ndata: .*\n\n/);
  expect(text).toContain(`id: 1\ndata: ${JSON.stringify(sampleEvent(1))}\n\n`);
  expect(text).toContain(`id: 2\ndata: ${JSON.stringify(sampleEvent(2))}\n\n`);
  subscriber.leave();
});

test('a client that reconnects goes on where it was, whatever its address says', async () => {
  for (const sequence of [1, 2, 3]) api.plane.feed.publish(sampleEvent(sequence));
  const subscriber = await subscribe('?after=0', { 'last-event-id': '2' });
  const text = await subscriber.until(/id: 3\n/);
  expect(text).not.toContain('id: 2\n');
  subscriber.leave();
});

test('whoever does not follow is told what has happened, and the stream ends', async () => {
  for (const sequence of [1, 2, 3]) api.plane.feed.publish(sampleEvent(sequence));
  const response = await fetch(`${url}/api/v1/events?after=1&follow=false`);
  expect((await response.text()).match(/^id: .*$/gm)).toEqual(['id: 2', 'id: 3']);
});

test('a stream that is to end, and is cut short when the API closes, does not look whole', async () => {
  const never = Promise.withResolvers<never>();
  api.plane.events = async function* () {
    yield sampleEvent(1);
    await never.promise;
  };
  const response = await fetch(`${url}/api/v1/events?follow=false`);
  const text = response.text().then(
    () => 'whole',
    () => 'broken',
  );
  const closed = api.app.close();
  never.reject(new DOMException('closed', 'AbortError'));
  expect(await text).toBe('broken');
  await closed;
});

test('only the track that was asked for is told of', async () => {
  api.plane.feed.publish(sampleEvent(1, { track: 'shop/production/db' }));
  api.plane.feed.publish(sampleEvent(2));
  const subscriber = await subscribe('?track=storefront/production/web');
  const text = await subscriber.until(/id: 2\n/);
  expect(text).not.toContain('id: 1\n');
  subscriber.leave();
});

test('silence is filled with comments', async () => {
  const subscriber = await subscribe();
  expect(await subscriber.until(/: still here\n\n: still here/)).toContain('retry: 2000');
  subscriber.leave();
});

test('whoever leaves is no longer followed for', async () => {
  const subscriber = await subscribe();
  await api.plane.feed.followedBy(1);
  subscriber.leave();
  await api.plane.feed.followedBy(0);
  const told = () => api.metrics.registry.metrics();
  await vi.waitFor(async () => expect(await told()).toContain('sluice_event_stream_subscribers 0'));
});

test('one subscriber too many is sent away with a problem, and may come when another has left', async () => {
  const [first, second] = [await subscribe(), await subscribe()];
  const third = await subscribe();
  expect(third.response.status).toBe(503);
  expect(await third.until(/too-many-subscribers/)).toContain('too-many-subscribers');
  first.leave();
  await api.plane.feed.followedBy(1);
  const fourth = await subscribe();
  expect(fourth.response.status).toBe(200);
  for (const { leave } of [second, fourth]) leave();
});

test.each(['-1', 'abc', '1.5'])('a Last-Event-ID of %s is refused', async (id) => {
  const { response } = await subscribe('', { 'last-event-id': id });
  expect(response.status).toBe(400);
});

test('a page of another site gets no stream', async () => {
  const { response } = await subscribe('', { 'sec-fetch-site': 'cross-site' });
  expect(response.status).toBe(403);
});

test('closing the API ends the streams', async () => {
  const subscriber = await subscribe();
  await api.plane.feed.followedBy(1);
  const closed = api.app.close();
  await subscriber.until(/never comes/);
  await closed;
  expect(api.plane.feed.followers).toBe(0);
});

test('a subscriber that takes nothing holds back its own events and is cut off in the end', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.pause();
  socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await api.plane.feed.followedBy(1);
  const large = sampleEvent(1, { words: 'x'.repeat(1_000_000) });
  for (let sequence = 1; sequence <= 40; sequence += 1) api.plane.feed.publish({ ...large, sequence });
  await api.plane.feed.followedBy(0);
  expect(api.plane.feed.past).toHaveLength(40);
  socket.destroy();
});
