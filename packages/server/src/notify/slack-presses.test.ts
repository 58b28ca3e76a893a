import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from '@sluice/core/access/caller.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guardedOutgoing, type GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { parseOutgoingRules } from '../outgoing/outgoing-rules.ts';
import { storedIdempotency } from '../idempotency/stored-idempotency.ts';
import { putChannel } from '../store/notify/channels.ts';
import { putRollouts } from '../store/rollouts/rollouts.ts';
import { createTracks, rolloutOf, TENANT, WEB } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { type SlackPresses, slackPresses } from './slack-presses.ts';

const database = withDatabase();
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const NOW = 1_768_478_400_000;
const ADA: Caller = { tenant: TENANT, subject: 'person:ada', name: 'Ada', groups: [], grants: [] };

let slack: Server;
let outgoing: GuardedOutgoing;
let answers: string[];
let votes: unknown[];
let may: boolean;
let voted: Result<null, Problem>;
let presses: SlackPresses;

beforeEach(async () => {
  answers = [];
  votes = [];
  may = true;
  voted = ok(null);
  slack = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      answers.push((JSON.parse(body) as { text: string }).text);
      response.end();
    });
  });
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  const rules = parseOutgoingRules('127.0.0.1');
  outgoing = guardedOutgoing(rules.ok ? rules.value : []);
  const { db } = database;
  await createTracks(db, 'web');
  await putRollouts(db, TENANT, [rolloutOf(1)]);
  const settings = {
    ...{ kind: 'slack', token: { env: 'T' }, channel: 'C024BE7LH', signingSecret: { env: 'S' } },
    ...{ members: { U024BE7LH: 'person:ada', U0000GONE: 'person:gone' }, api: 'https://slack.com/api/' },
  };
  const entry = { at: NOW, actor: 'person:ada', action: 'channelAdded', subject: 'team', detail: {} };
  await putChannel(db, TENANT, { name: 'team', settings }, entry);
  await putChannel(db, TENANT, { name: 'quiet', settings: { ...settings, signingSecret: undefined } }, entry);
  const keys = storedIdempotency(db, TENANT, () => NOW);
  presses = slackPresses({
    ...{ db, tenant: TENANT, outgoing, now: () => NOW, readSecret: async () => SECRET },
    callerOf: async (subject) => (subject === ADA.subject ? ADA : null),
    may: async () => may,
    firstTime: async (key) => {
      const isFirst = (await keys.reserve(key, key)).kind === 'reserved';
      if (isFirst) await keys.complete(key, 200, null);
      return isFirst;
    },
    vote: async (track, caller, request) => {
      votes.push({ track, subject: caller.subject, ...request });
      return voted;
    },
  });
});
afterEach(async () => {
  await outgoing.close();
  slack.closeAllConnections();
  await new Promise((resolve) => slack.close(resolve));
});

/** A request as Slack makes it when a button is pressed. */
function pressed(
  action: string,
  changes: { user?: string; at?: number; secret?: string; value?: string; salt?: string } = {},
) {
  const { user = 'U024BE7LH', at = NOW, secret = SECRET, value = 'ro-1', salt = '' } = changes;
  const payload = {
    ...{ type: 'block_actions', user: { id: user, username: 'ada' }, trigger_id: salt },
    actions: [{ action_id: action, value, type: 'button' }],
    response_url: `http://127.0.0.1:${(slack.address() as AddressInfo).port}/actions`,
  };
  const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
  const timestamp = String(Math.floor(at / 1_000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return { body, timestamp, signature };
}

test('who presses Approve gives their vote, and hears of it', async () => {
  expect(await presses.press('team', pressed('sluice-approve'))).toBe(200);
  expect(votes).toEqual([
    { track: WEB, subject: 'person:ada', decision: 'approve', rollout: 'ro-1', by: 'person:ada' },
  ]);
  expect(answers).toEqual([`You have approved v1 of ${WEB}.`]);
});

test('a rejection carries a reason, and what the control plane refuses is told', async () => {
  voted = {
    ok: false,
    refusal: {
      ...{ type: 'urn:x', status: 409, code: 'own-release', title: 'No' },
      ...{ detail: 'You asked for this <release> yourself.', remedy: 'Ask somebody else.' },
    },
  };
  await presses.press('team', pressed('sluice-reject'));
  expect(votes).toMatchObject([{ decision: 'reject', reason: 'rejected in Slack' }]);
  expect(answers).toEqual(['You asked for this &lt;release&gt; yourself. Ask somebody else.']);
});

test.each([
  ['without a signature', (request: ReturnType<typeof pressed>) => ({ ...request, signature: undefined })],
  ['without a time', (request: ReturnType<typeof pressed>) => ({ ...request, timestamp: undefined })],
  [
    'with another body',
    (request: ReturnType<typeof pressed>) => ({ ...request, body: `${request.body}&x=1` }),
  ],
  ['with another time', (request: ReturnType<typeof pressed>) => ({ ...request, timestamp: '1768478399' })],
  [
    'with a cut signature',
    (request: ReturnType<typeof pressed>) => ({ ...request, signature: request.signature.slice(0, 20) }),
  ],
  ['with a signature of nothing', (request: ReturnType<typeof pressed>) => ({ ...request, signature: '' })],
])("a request %s is not Slack's", async (_, forge) => {
  expect(await presses.press('team', forge(pressed('sluice-approve')))).toBe(401);
  expect([votes, answers]).toEqual([[], []]);
});

test('another secret, and an old or a future request, are not believed', async () => {
  expect(await presses.press('team', pressed('sluice-approve', { secret: 'other' }))).toBe(401);
  expect(await presses.press('team', pressed('sluice-approve', { at: NOW - 301_000 }))).toBe(401);
  expect(await presses.press('team', pressed('sluice-approve', { at: NOW + 301_000 }))).toBe(401);
  expect(votes).toEqual([]);
});

test('a request that is sent again is refused, and a second press is not', async () => {
  const request = pressed('sluice-approve');
  expect(await presses.press('team', request)).toBe(200);
  expect(await presses.press('team', request)).toBe(401);
  expect(votes).toHaveLength(1);
  expect(await presses.press('team', pressed('sluice-approve', { salt: 'again' }))).toBe(200);
  expect(votes).toHaveLength(2);
});

test('who is no member, or may not approve, gives no vote and is told why', async () => {
  await presses.press('team', pressed('sluice-approve', { user: 'U0STRANGER' }));
  await presses.press('team', pressed('sluice-approve', { user: 'U0000GONE' }));
  may = false;
  await presses.press('team', pressed('sluice-approve'));
  expect(votes).toEqual([]);
  expect(answers).toEqual([
    expect.stringContaining('does not know who you are'),
    expect.stringContaining('does not know who you are'),
    `person:ada may not approve releases of ${WEB}.`,
  ]);
});

test('other buttons and other payloads do nothing, and channels that take no presses are not there', async () => {
  expect(await presses.press('team', pressed('sluice-open'))).toBe(200);
  expect(await presses.press('team', pressed('sluice-approve', { value: '../../x' }))).toBe(200);
  expect(await presses.press('team', pressed('sluice-approve', { value: 'ro-999' }))).toBe(200);
  expect(await presses.press('quiet', pressed('sluice-approve'))).toBe(404);
  expect(await presses.press('none', pressed('sluice-approve'))).toBe(404);
  expect(votes).toEqual([]);
});
