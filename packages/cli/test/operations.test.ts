import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadReport } from '../src/commands/demo/load-process.ts';
import { testMachine, type TestMachine } from './machine-harness.ts';

const COMMANDS = '/tracks/storefront/local/web/commands';
const ROLLBACKS = '/tracks/storefront/local/web/rollbacks';
const LONG =
  'canary:\n  phases: [{ share: 20%, hold: 10m }]\n  keep-old: 1s\n  min-requests: 5\n  judge: { warm-up: 0s }';

describe('people at work while a release is under way', () => {
  let shop: TestMachine;
  let report: () => LoadReport;
  const command = (name: string) => shop.post(COMMANDS, { command: name, by: 'ada' });

  beforeAll(async () => {
    shop = await testMachine();
    await shop.release('base', {});
    await shop.ended('base');
    report = shop.load(80).report;
    await delay(2000); // Traffic that the stable revision has had.
    shop.strategy(LONG);
  });
  afterAll(() => shop.down());

  const inPhase = () =>
    shop.until(
      (track) => track.active?.phase === 'running' && track.active.candidateShareBasisPoints === 2000,
    );

  it('pause holds it where it is, resume lets it go on, and each says who it was', async () => {
    await shop.release('paused', {});
    await inPhase();
    expect((await command('pause')).status).toBe(200);
    const held = await shop.until((track) => track.active?.phase === 'held');
    expect(held.explanation.waitingFor).toContain('token:admin');
    expect((await command('pause')).status).toBe(409);
    expect((await command('resume')).status).toBe(200);
    await shop.until((track) => track.active?.phase === 'running');
  });

  it('abort takes all traffic back at once and leaves nothing behind', async () => {
    expect((await command('abort')).status).toBe(200);
    const ended = await shop.ended('paused');
    expect(ended.reason).toEqual({ kind: 'aborted', detail: 'aborted by token:admin' });
    await shop.until((track) => track.revisions.length === 1);
  });

  it('promote --full skips all that is left and makes the candidate stable', async () => {
    await shop.release('hurried', {});
    await inPhase();
    await command('promote-full');
    expect((await shop.ended('hurried')).outcome).toBe('succeeded');
  });

  it('a newer release supersedes the one under way, which is taken back first', async () => {
    await shop.release('older', {});
    await inPhase();
    await shop.release('newer', {});
    await shop.until((track) => track.active?.version === 'newer' && track.active.phase === 'running');
    const history = JSON.parse(await shop.get('/rollouts?track=storefront%2Flocal%2Fweb&limit=5')) as {
      items: { version: string; reason: { kind: string } | null }[];
    };
    expect(history.items.find(({ version }) => version === 'older')?.reason?.kind).toBe('superseded');
  });

  it('a release that must not disturb is refused, and one that can wait is queued', async () => {
    await expect(shop.release('polite', {}, { onConflict: 'refuse' })).rejects.toThrow(/busy/);
    await shop.release('patient', {}, { onConflict: 'queue' });
    expect((await shop.track()).queued.map(({ version }) => version)).toEqual(['patient']);
    await command('promote-full');
    await shop.until((track) => track.active?.version === 'patient' && track.stable?.version === 'newer');
    await command('abort');
    await shop.ended('patient');
  });

  it('undo brings an earlier version back at once, by its label', async () => {
    const { status } = await shop.post(ROLLBACKS, { to: 'base', by: 'ada' });
    expect(status).toBe(202);
    const ended = await shop.ended('base');
    expect({ outcome: ended.outcome, lane: ended.lane }).toEqual({ outcome: 'succeeded', lane: 'undo' });
    expect((await shop.post(ROLLBACKS, { to: 'never-seen', by: 'ada' })).status).toBe(409);
  });

  it('no request was lost in any of this', () => {
    expect(report().failed).toBe(0);
    expect(report().requests).toBeGreaterThan(200);
  });

  it('a hot-fix replaces a stable revision that is broken, without waiting for it', async () => {
    shop.strategy('immutable: {}');
    await shop.release('time-bomb', {
      program: `import { createServer } from 'node:http';
        createServer((q, s) => s.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');
        setTimeout(() => process.exit(3), 4000);`,
    });
    expect((await shop.ended('time-bomb')).outcome).toBe('succeeded');
    shop.strategy(LONG);
    await shop.until(
      (track) => track.revisions.some(({ role, ready }) => role === 'stable' && ready === 0),
      30_000,
    );
    await shop.release('hot-fix', {}, { lane: 'hotfix' });
    expect((await shop.ended('hot-fix', 20_000)).outcome).toBe('succeeded');
  });

  it('reports and the ledger tell the whole story', async () => {
    const { last } = await shop.track();
    const markdown = await shop.get(`/rollouts/${last?.id}/report`, { accept: 'text/markdown' });
    expect(markdown).toContain('hot-fix succeeded');
    expect(JSON.parse(await shop.get('/ledger/verification'))).toMatchObject({ intact: true });
  });
});
