import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SlackRequest } from '../../notify/read-press.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
let heard: { readonly channel: string; readonly request: SlackRequest }[];
beforeEach(() => {
  heard = [];
  api = testApi({
    presses: {
      organisation: 'default',
      press: async (channel, request) => {
        heard.push({ channel, request });
        return request.signature === 'v0=good' ? 200 : 401;
      },
    },
  });
});
afterEach(() => api.app.close());

const send = (payload: string, headers: Record<string, string>) =>
  api.app.inject({
    ...{ method: 'POST' as const, url: '/hooks/slack/team', payload },
    headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });

test('what Slack sends is judged byte by byte as it came', async () => {
  const body = 'payload=%7B%22a%22%3A+1%7D&b=%2B';
  const answer = await send(body, { 'x-slack-signature': 'v0=good', 'x-slack-request-timestamp': '1' });
  expect([answer.statusCode, answer.body]).toEqual([200, '']);
  expect(heard).toEqual([{ channel: 'team', request: { body, timestamp: '1', signature: 'v0=good' } }]);
});

test('the organisation of the address has to be the one that is served', async () => {
  const post = async (url: string): Promise<number> =>
    (
      await api.app.inject({
        ...{ method: 'POST', url, payload: 'payload=x' },
        headers: {
          ...{ host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
          'x-slack-signature': 'v0=good',
        },
      })
    ).statusCode;
  expect(await post('/hooks/slack/default/team')).toBe(200);
  expect(await post('/hooks/slack/acme/team')).toBe(404);
  expect(heard.map(({ channel }) => channel)).toEqual(['team']);
});

test('what is not signed is refused, and what is too large is not read', async () => {
  expect((await send('payload=x', {})).statusCode).toBe(401);
  expect((await send('x'.repeat(300_000), {})).statusCode).toBe(413);
  expect(heard).toHaveLength(1);
});
