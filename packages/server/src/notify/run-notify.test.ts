import type { SubscriptionRequest } from '@sluice/protocol/http/channels.ts';
import { rolloutId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { subscriptionRequestSchema } from '@sluice/protocol/http/channels.ts';
import { sql } from '../store/testing/sql.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedOutgoing, type GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { parseOutgoingRules } from '../outgoing/outgoing-rules.ts';
import { writeBell } from '../rollouts/write-bell.ts';
import { appendJournal, appendLedger } from '../store/journal/append-journal.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { putRollouts } from '../store/rollouts/rollouts.ts';
import { createTracks, rolloutOf, TENANT, WEB } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { createLog } from '../telemetry/log.ts';
import { webhookAdapter } from './adapters/webhook/webhook-channel.ts';
import { runNotify, type RunningNotify } from './run-notify.ts';
import { type WebhookReceiver, webhookReceiver } from './testing/webhook-receiver.ts';

const database = withDatabase();
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
let running: RunningNotify[] = [];
let receivers: WebhookReceiver[] = [];
let outgoing: GuardedOutgoing;
let logged: string[] = [];
const bell = writeBell();

beforeEach(async () => {
  const rules = parseOutgoingRules('127.0.0.1');
  outgoing = guardedOutgoing(rules.ok ? rules.value : []);
  logged = [];
  await createTracks(database.db, 'web');
  await putRollouts(database.db, TENANT, [rolloutOf(1), rolloutOf(2)]);
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.close()));
  await Promise.all(receivers.map((each) => each.close()));
  await outgoing.close();
  running = [];
  receivers = [];
});

/** Starts a server's telling. */
function start(changes: { readonly random?: () => number } = {}): RunningNotify {
  const started = runNotify({
    ...{
      db: database.db,
      tenant: TENANT,
      now: () => Date.now(),
      outgoing,
      bell,
      publicUrl: 'https://sluice.example',
    },
    log: createLog({ level: 'debug', destination: { write: (line: string) => void logged.push(line) } }),
    adapters: { webhook: webhookAdapter },
    readSecret: async () => SECRET,
    attempted: () => undefined,
    tellEveryMs: 20,
    random: () => 0,
    ...changes,
  });
  running.push(started);
  return started;
}

async function receiver(): Promise<WebhookReceiver> {
  const made = await webhookReceiver([SECRET]);
  receivers.push(made);
  return made;
}

const settingsOf = (url: string) => ({
  settings: { kind: 'webhook' as const, url, secrets: [{ env: 'SLUICE_CHANNEL_HOOK' }] },
  by: 'person:ada',
});

/** Adds a channel with a subscription, both of one name. */
async function add(
  { registry }: RunningNotify,
  name: string,
  url: string,
  wish: Partial<SubscriptionRequest> = {},
): Promise<void> {
  expect(await registry.put(name, settingsOf(url))).toMatchObject({ ok: true });
  const asked = subscriptionRequestSchema.parse({
    channel: name,
    kinds: ['rollout.*'],
    by: 'person:ada',
    ...wish,
  });
  expect(await registry.subscriptions.put(name, asked)).toMatchObject({ ok: true });
}

/** Waits until the journals have been read to their present end, so that what follows is told. */
const settled = () =>
  expect
    .poll(async () => {
      const { rows } = await sql<{ readonly even: boolean }>`
        select events_sequence >= coalesce((select max(sequence) from events), 0)
          and ledger_sequence >= coalesce((select max(sequence) from ledger), 0) as even
        from notify_cursors`.execute(database.db);
      return rows[0]?.even;
    })
    .toBe(true);

/** Writes events of a rollout, as a commit does. */
async function happen(rollout: number, ...events: readonly TrackEvent[]): Promise<void> {
  await database.db.transaction().execute((transaction) =>
    appendJournal(transaction, TENANT, {
      trackId: WEB,
      events: events.map((event) => ({
        ...{ rolloutId: rolloutId(`ro-${rollout}`), at: event.at, kind: event.kind, body: event },
      })),
      ledgerEntries: events.map((event) => ({
        ...{ at: event.at, actor: 'engine', action: event.kind, subject: `ro-${rollout}` },
        detail: { track: WEB, words: event.kind },
      })),
    }),
  );
  bell.ring();
}

const started: TrackEvent = {
  kind: 'rolloutStarted',
  at: 1,
  baseline: { kind: 'none' } as never,
  stable: null,
};
const held = (detail: string): TrackEvent => ({
  kind: 'rolloutHeld',
  at: 2,
  reason: { kind: 'failing', detail },
});
const succeeded: TrackEvent = { kind: 'rolloutSucceeded', at: 3, note: 'all is well' };

const typesOf = ({ taken }: WebhookReceiver) => taken.map(({ body }) => JSON.parse(body).type as string);
const stateOf = async ({ registry }: RunningNotify, name: string) => {
  const channel = await registry.channel(name);
  return channel.ok ? channel.value : null;
};
/** As if the time until the next attempt had passed. */
const passTime = () =>
  sql`update deliveries set due_at = clock_timestamp() where state = 'waiting';`
    .execute(database.db)
    .then(() => sql`update channels set rest_until = null`.execute(database.db))
    .then(() => bell.ring());

describe('telling', () => {
  it('tells what happens to a rollout, in its order, once, with who and why', async () => {
    const hook = await receiver();
    const one = start();
    await add(one, 'ops', hook.url);
    await settled();
    await happen(1, started, held('the error rate is 2 %'), succeeded);
    await hook.until(3);
    expect(typesOf(hook)).toEqual([
      'dev.sluice.rollout.started.v1',
      'dev.sluice.rollout.held.v1',
      'dev.sluice.rollout.succeeded.v1',
    ]);
    expect(hook.faults).toEqual([]);
    const event = JSON.parse(hook.taken[1]?.body ?? '');
    expect(event).toMatchObject({
      subject: `${WEB}/ro-1`,
      data: {
        ...{ version: 'v1', requestedBy: 'ada', severity: 'warning' },
        link: 'https://sluice.example/rollouts/ro-1',
        words: { title: `${WEB} v1 is held`, sentence: 'It is held: the error rate is 2 %.' },
      },
    });
    await expect.poll(async () => (await stateOf(one, 'ops'))?.waiting).toBe(0);
  });

  it('tells each event once, however many servers tell', async () => {
    const hook = await receiver();
    const servers = [start(), start(), start()];
    await add(servers[0] as RunningNotify, 'ops', hook.url);
    await settled();
    for (let round = 0; round < 20; round++) await happen(1 + (round % 2), held(`round ${round}`));
    await hook.until(20);
    await expect.poll(async () => (await stateOf(servers[0] as RunningNotify, 'ops'))?.waiting).toBe(0);
    const ids = hook.taken.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(20);
    expect(ids).toHaveLength(20);
    const rounds = hook.taken.map(({ body }) => JSON.parse(body).data.fact.reason.detail as string);
    const even = rounds.map((text) => Number(text.slice(6))).filter((round) => round % 2 === 0);
    expect(even).toEqual(even.toSorted((a, b) => a - b));
  });

  it('tells only what a subscription wants', async () => {
    const [all, few] = [await receiver(), await receiver()];
    const one = start();
    await add(one, 'all', all.url, { severity: 'info' });
    await add(one, 'few', few.url, { severity: 'warning', environments: ['prod*'] });
    await add(one, 'none', few.url, { applications: ['billing'] });
    await add(one, 'others', few.url, { projects: ['bank'] });
    await sql`insert into applications (tenant, application, project)
      values (${TENANT}, 'shop', 'retail')`.execute(database.db);
    await add(one, 'ours', few.url, { projects: ['ret*'], severity: 'warning' });
    await settled();
    await happen(1, started, held('x'), succeeded);
    await all.until(3);
    await few.until(2);
    expect(typesOf(few)).toEqual(['dev.sluice.rollout.held.v1', 'dev.sluice.rollout.held.v1']);
    const { rows } = await sql<{ readonly by: string }>`
      select distinct subscription as by from deliveries order by subscription`.execute(database.db);
    expect(rows.map(({ by }) => by)).toEqual(['all', 'few', 'ours']);
  });

  it('tries again what failed, and tells what comes behind it in order', async () => {
    const hook = await receiver();
    hook.mood = { kind: 'broken' };
    const one = start();
    await add(one, 'ops', hook.url);
    await settled();
    await happen(1, started, succeeded);
    await expect.poll(async () => (await stateOf(one, 'ops'))?.failure).toContain('503');
    expect((await stateOf(one, 'ops'))?.failures).toBeGreaterThan(0);
    expect(hook.taken).toEqual([]);
    hook.mood = { kind: 'well' };
    await passTime();
    await hook.until(2);
    expect(typesOf(hook)).toEqual(['dev.sluice.rollout.started.v1', 'dev.sluice.rollout.succeeded.v1']);
    await expect.poll(async () => (await stateOf(one, 'ops'))?.failures).toBe(0);
  });

  it('lets a channel that hangs delay no other', async () => {
    const [silent, well] = [await receiver(), await receiver()];
    silent.mood = { kind: 'silent' };
    const one = start();
    await add(one, 'silent', silent.url);
    await add(one, 'well', well.url);
    await settled();
    for (let round = 0; round < 12; round++) await happen(1 + (round % 2), held(`round ${round}`));
    await well.until(12);
    expect(silent.taken).toEqual([]);
  });

  it('tells again, with the same id, what a server had in hand when it was killed', async () => {
    const hook = await receiver();
    hook.mood = { kind: 'silent' };
    const one = start();
    await add(one, 'ops', hook.url);
    await settled();
    await happen(1, started);
    await expect
      .poll(
        async () => (await one.registry.deliveries.page({}, { cursor: null, limit: 9 })).items[0]?.attempts,
      )
      .toBe(1);
    hook.mood = { kind: 'well' };
    // As if that server were gone and its lease had ended.
    await sql`update deliveries set taken_until = clock_timestamp() - interval '1 second'`.execute(
      database.db,
    );
    const two = start();
    await hook.until(1);
    await expect.poll(async () => (await stateOf(two, 'ops'))?.waiting).toBe(0);
    const { items } = await two.registry.deliveries.page({}, { cursor: null, limit: 9 });
    expect(items).toMatchObject([{ state: 'delivered', attempts: 2, kind: 'rollout.started' }]);
    expect(hook.taken[0]?.headers['webhook-id']).toBe(items[0]?.event);
  });

  it('misses nothing that happened while no server ran', async () => {
    const hook = await receiver();
    const one = start();
    await add(one, 'ops', hook.url);
    await settled();
    await one.close();
    running = [];
    await happen(1, started, succeeded);
    start();
    await hook.until(2);
  });

  it('gives up after a day, says why, and tells it again when somebody wants', async () => {
    const hook = await receiver();
    hook.mood = { kind: 'broken' };
    const one = start();
    await add(one, 'ops', hook.url);
    await settled();
    await happen(1, started);
    await expect.poll(async () => (await stateOf(one, 'ops'))?.failure).toContain('503');
    await sql`update deliveries set expires_at = clock_timestamp()`.execute(database.db);
    await passTime();
    await expect.poll(async () => (await stateOf(one, 'ops'))?.dead).toBe(1);
    const [dead] = (await one.registry.deliveries.page({ state: 'dead' }, { cursor: null, limit: 9 })).items;
    expect(dead).toMatchObject({ state: 'dead', failure: expect.stringContaining('503'), channel: 'ops' });
    hook.mood = { kind: 'well' };
    expect(await one.registry.deliveries.replay(dead?.id ?? '', 'person:ada')).toMatchObject({ ok: true });
    await hook.until(1);
    expect(hook.taken[0]?.headers['webhook-id']).toBe(dead?.event);
    expect(await one.registry.replayDead('ops', 'person:ada')).toEqual({ ok: true, value: { replayed: 0 } });
    expect(await one.registry.deliveries.replay('nonsense', 'person:ada')).toMatchObject({
      refusal: { status: 404 },
    });
  });

  it('switches a channel off whose receiver is gone, and on when it is put again', async () => {
    const hook = await receiver();
    hook.status = 410;
    const one = start();
    await add(one, 'ops', hook.url);
    await settled();
    await happen(1, started, succeeded);
    await expect.poll(async () => (await stateOf(one, 'ops'))?.disabledReason).toContain('410');
    expect((await stateOf(one, 'ops'))?.dead).toBe(2);
    await happen(2, started);
    await settled();
    expect((await stateOf(one, 'ops'))?.waiting).toBe(0);
    hook.status = null;
    await one.registry.put('ops', settingsOf(hook.url));
    await happen(2, succeeded);
    await hook.until(1);
    const entries = await listLedger(database.db, TENANT, { limit: 50 });
    expect(entries.map(({ action }) => action)).toContain('channelDisabled');
  });

  it('sums up what a throttle holds back, and tells what is critical all the same', async () => {
    const hook = await receiver();
    const one = start();
    await add(one, 'ops', hook.url, { throttle: { most: 2, perMs: 1_000 } });
    await settled();
    const stuck: TrackEvent = { kind: 'rollbackBlocked', at: 9, obstacle: 'the disk is full' };
    await happen(1, ...Array.from({ length: 6 }, (_, at) => held(`${at}`)), stuck);
    await hook.until(4);
    expect(typesOf(hook).toSorted()).toEqual([
      ...['dev.sluice.rollout.held.v1', 'dev.sluice.rollout.held.v1', 'dev.sluice.rollout.stuck.v1'],
      'dev.sluice.subscription.summary.v1',
    ]);
    const summary = hook.taken.map(({ body }) => JSON.parse(body)).find(({ type }) => /summary/.test(type));
    expect(summary.data).toMatchObject({ total: 4, withheld: { 'rollout.held': 4 } });
  });

  it('tells of what was changed by whom, when somebody wants to hear that', async () => {
    const hook = await receiver();
    const one = start();
    await add(one, 'ops', hook.url, { kinds: ['audit.*'] });
    await sql`insert into members (tenant, subject, name) values (${TENANT}, 'person:eve', 'Eve Adams')`.execute(
      database.db,
    );
    await settled();
    await database.db
      .transaction()
      .execute((transaction) =>
        appendLedger(transaction, TENANT, [
          { at: 1, actor: 'person:eve', action: 'freezeLifted', subject: 'black-friday', detail: {} },
        ]),
      );
    await expect.poll(() => typesOf(hook)).toContain('dev.sluice.audit.freeze-lifted.v1');
    const { rows } = await sql<{ readonly said: string }>`
      select notice #>> '{words,sentence}' as said from deliveries where kind = 'audit.freeze-lifted'`.execute(
      database.db,
    );
    expect(rows).toEqual([{ said: expect.stringMatching(/^Eve Adams did this: freeze lifted/) }]);
  });
});

describe('channels', () => {
  it('refuse to lead inside, and are not kept', async () => {
    const one = start();
    for (const url of ['http://169.254.169.254/latest', 'http://10.0.0.1/', 'http://[::1]:80/']) {
      const put = await one.registry.put('inside', settingsOf(url));
      expect(put).toMatchObject({ ok: false, refusal: { status: 422, code: 'refused-destination' } });
    }
    expect(await one.registry.channel('inside')).toMatchObject({ refusal: { status: 404 } });
  });

  it('are tried at once, and the answer says what went wrong', async () => {
    const hook = await receiver();
    const one = start();
    await add(one, 'ops', hook.url);
    expect(await one.registry.test('ops', 'person:ada')).toEqual({
      ok: true,
      value: { delivered: true, message: null },
    });
    expect(typesOf(hook)).toEqual(['dev.sluice.channel.test.v1']);
    hook.mood = { kind: 'refuses' };
    const failed = await one.registry.test('ops', 'person:ada');
    expect(failed).toMatchObject({ value: { delivered: false, message: expect.stringContaining('400') } });
    expect(JSON.stringify(failed)).not.toContain(SECRET.slice(6));
    const { rows } = await sql<{ readonly actor: string; readonly delivered: boolean }>`
      select actor, (detail ->> 'delivered')::boolean as delivered from ledger
      where action = 'channelTried' and subject = 'ops' order by sequence`.execute(database.db);
    expect(rows).toEqual([
      { actor: 'person:ada', delivered: true },
      { actor: 'person:ada', delivered: false },
    ]);
  });

  it('are not removed while somebody subscribes, and each change stands in the ledger', async () => {
    const one = start();
    await add(one, 'ops', 'http://127.0.0.1:9/');
    expect(await one.registry.remove('ops', 'person:ada')).toMatchObject({ refusal: { code: 'in-use' } });
    expect(await one.registry.subscriptions.remove('ops', 'person:ada')).toMatchObject({ ok: true });
    expect(await one.registry.remove('ops', 'person:ada')).toMatchObject({ ok: true });
    expect(await one.registry.remove('ops', 'person:ada')).toMatchObject({ refusal: { status: 404 } });
    const asked = subscriptionRequestSchema.parse({ channel: 'gone' });
    expect(await one.registry.subscriptions.put('s', asked)).toMatchObject({ refusal: { status: 404 } });
    const entries = await listLedger(database.db, TENANT, { limit: 50 });
    const actions = entries.filter(({ actor }) => actor === 'person:ada').map(({ action }) => action);
    expect(actions).toEqual(['channelRemoved', 'subscriptionRemoved', 'subscriptionAdded', 'channelAdded']);
  });

  it('show no secret, neither in what is stored nor in what is logged', async () => {
    const hook = await receiver();
    hook.mood = { kind: 'refuses' };
    const one = start();
    await add(one, 'ops', `${hook.url}?token=open-sesame`);
    await settled();
    await happen(1, started);
    await expect.poll(async () => (await stateOf(one, 'ops'))?.failure).toContain('400');
    const { rows } = await sql`select row_to_json(d) as d from deliveries d`.execute(database.db);
    const ledger = await listLedger(database.db, TENANT, { limit: 50 });
    const everything = JSON.stringify([rows, ledger, logged, await stateOf(one, 'ops')]);
    expect(everything).not.toContain(SECRET.slice(6));
    expect(everything).not.toContain('open-sesame');
  });
});
