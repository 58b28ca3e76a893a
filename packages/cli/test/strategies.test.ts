import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testMachine, type TestMachine } from './machine-harness.ts';

/** Quick ends for every strategy under test. */
const QUICK = 'min-requests: 5\n  judge: { warm-up: 0s }';

/** The revision that answered one request. */
function answeredBy(
  port: number,
  headers: Record<string, string> = {},
  path = '/',
): Promise<{ revision: string; status: number }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({
          revision: String(response.headers['x-sluice-revision']),
          status: response.statusCode ?? 0,
        }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}

describe('every strategy, on real processes under load', () => {
  let shop: TestMachine;
  beforeAll(async () => {
    shop = await testMachine();
    await shop.release('base', {});
    await shop.ended('base');
    shop.load(100);
    await delay(2000); // Traffic that the stable revision has had.
  });
  afterAll(() => shop.down());

  it('rolling replaces instances batch by batch and never serves from fewer than are needed', async () => {
    shop.strategy(`rolling:\n  max-surge: 1\n  max-unavailable: 0`);
    const reply = await shop.release('rolling', {});
    expect(reply.rollouts[0]?.plan.steps.map(({ words }) => words)).toContain('shift to 50%');
    expect((await shop.ended('rolling')).outcome).toBe('succeeded');
  });

  it('blue-green switches a full copy at once, and keeps the old one for its delay', async () => {
    shop.strategy(`blue-green:\n  checks: [smoke]\n  bake: 2s\n  keep-old: 4s\n  judge: { warm-up: 0s }`);
    await shop.release('blue-green', {});
    expect((await shop.ended('blue-green')).outcome).toBe('succeeded');
    const kept = await shop.track();
    expect(kept.revisions.map(({ role }) => role).toSorted()).toEqual(['retained', 'stable']);
    await shop.until((track) => track.revisions.length === 1);
  });

  it('blue-green goes back by itself when the new copy fails in its bake time', async () => {
    shop.strategy(
      `blue-green:\n  bake: 20s\n  keep-old: 1s\n  criteria: { errors: { limit: "< 5%", window: 1s, failures: 1 } }`,
    );
    await shop.release('bad-blue', { failureRate: 0.5 });
    const ended = await shop.ended('bad-blue');
    expect(ended.outcome).toBe('rolled-back');
    expect(['judge', 'limit']).toContain(ended.reason?.kind);
    expect((await shop.track()).stable?.version).toBe('blue-green');
  });

  it('a failed check takes a candidate back before it gets a single request', async () => {
    shop.strategy(`canary:\n  phases: [{ share: 10%, hold: 5s }]\n  checks: [broken]`);
    await shop.release('unchecked', {});
    const ended = await shop.ended('unchecked');
    expect({ outcome: ended.outcome, kind: ended.reason?.kind }).toEqual({
      outcome: 'rolled-back',
      kind: 'check',
    });
    expect(ended.evidence?.candidate.requests).toBe(0);
  });

  it('immutable brings a copy with a block of ports of its own and destroys the old one', async () => {
    shop.strategy('immutable: { checks: [smoke] }');
    await shop.release('immutable', {});
    expect((await shop.ended('immutable')).outcome).toBe('succeeded');
    await shop.until((track) => track.revisions.length === 1);
  });

  it('shadow mirrors requests, answers none from the candidate, and leaves stable as it was', async () => {
    shop.strategy(`shadow:\n  share: 50%\n  hold: 3s\n  ${QUICK}`);
    const before = (await shop.track()).stable?.version;
    const reply = await shop.release('shadow', {});
    const candidate = reply.rollouts[0]?.revision;
    await shop.until(
      (track) => (track.active?.evidence?.candidate.requests ?? 0) > 0 || track.active === null,
    );
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => answeredBy(shop.machine().routerPort)),
    );
    expect(answers.map(({ revision }) => revision)).not.toContain(candidate);
    const ended = await shop.ended('shadow');
    expect(ended.outcome).toBe('succeeded');
    expect(ended.evidence?.candidate.requests).toBeGreaterThan(20);
    expect((await shop.track()).stable?.version).toBe(before);
  });

  it('a shadow that answers worse is caught, and no visitor has seen it', async () => {
    shop.strategy(`shadow:\n  share: 50%\n  hold: 30s\n  ${QUICK}`);
    await shop.release('bad-shadow', { failureRate: 0.4 });
    const ended = await shop.ended('bad-shadow');
    expect({ outcome: ended.outcome, kind: ended.reason?.kind }).toEqual({
      outcome: 'rolled-back',
      kind: 'judge',
    });
  });

  it('A/B sends matched requests to the candidate, and a person picks the winner', async () => {
    shop.strategy(
      `ab:\n  match: { header: { x-group: b } }\n  goal: { path: /checkout }\n  max-samples: 1000000\n  limit: 2s\n  winner: manual\n  ${QUICK}`,
    );
    const reply = await shop.release('ab', {});
    const candidate = reply.rollouts[0]?.revision;
    await shop.until((track) => track.splitConfirmed && track.split.matches.length > 0);
    const matched = await answeredBy(shop.machine().routerPort, { 'x-group': 'b' });
    const other = await answeredBy(shop.machine().routerPort);
    expect([matched.revision === candidate, other.revision === candidate]).toEqual([true, false]);
    await shop.until((track) => track.active?.reason?.kind === 'winner');
    expect(
      (await shop.post('/tracks/storefront/local/web/commands', { command: 'promote', by: 'tester' })).status,
    ).toBe(200);
    expect((await shop.ended('ab')).outcome).toBe('succeeded');
  });

  it('steps written by hand run in their order, and an approval waits for a person', async () => {
    shop.strategy('steps:\n  - shift: 10%\n  - approve: looks good?\n  - switch\n  - retire: 1s');
    await shop.release('by-hand', {});
    await shop.until((track) => track.active?.reason?.kind === 'approval');
    await shop.post('/tracks/storefront/local/web/commands', { command: 'promote', by: 'tester' });
    expect((await shop.ended('by-hand')).outcome).toBe('succeeded');
  });

  it('a candidate that crashes at once is taken back with its last words', async () => {
    shop.strategy('canary: { phases: [{ share: 10%, hold: 5s }] }');
    await shop.release('crashing', { program: 'throw new TypeError("no such table: carts")' });
    const ended = await shop.ended('crashing');
    expect({ outcome: ended.outcome, kind: ended.reason?.kind }).toEqual({
      outcome: 'rolled-back',
      kind: 'crash-loop',
    });
    expect(ended.reason?.detail).toContain('no such table: carts');
  });
});
