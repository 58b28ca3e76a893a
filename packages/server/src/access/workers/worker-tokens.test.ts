import { trackId, type TrackId } from '@sluice/core/kernel/ids.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenSeats } from '../../targets/token-seats.ts';
import { listTokens, revokeToken } from '../../store/access/tokens.ts';
import { listLedger } from '../../store/ledger/read-ledger.ts';
import { NOON, TENANT } from '../../store/testing/track-fixtures.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { readToken } from '../bearer-token.ts';
import { storedIdentities } from '../identities.ts';
import { renewWorkerTokens } from './renew-worker-tokens.ts';
import { storedWorkerTokens, WORKER_TOKEN_MS, type WorkerTokens } from './worker-tokens.ts';

const TRIAGE = trackId('shop', 'production', 'triage');
const BILLING = trackId('shop', 'production', 'billing');
const HOUR_MS = 3_600_000;
const database = withDatabase();

/** Where a test reads what workers would. */
class MemorySeats implements TokenSeats {
  readonly texts = new Map<TrackId, string>();
  isAway = false;
  read = async (track: TrackId): Promise<string | null> => {
    if (this.isAway) throw new Error('the cluster is away');
    return this.texts.get(track) ?? null;
  };
  write = async (track: TrackId, text: string): Promise<void> => void this.texts.set(track, text);
}

const clock = { now: NOON };
let seats: MemorySeats;
let tokens: WorkerTokens;
beforeEach(() => {
  clock.now = NOON;
  seats = new MemorySeats();
  tokens = storedWorkerTokens(database.db, TENANT, () => clock.now);
});

const renewed = async (track = TRIAGE): Promise<string> => {
  await tokens.ensure(track, seats);
  return seats.texts.get(track) ?? '';
};
const holder = async (text: string) =>
  (await storedIdentities(database.db, () => clock.now).ofToken(text))?.subject ?? null;

describe('the token of workers that Sluice starts', () => {
  it('is renewed by the hour, and the one before is good for two hours more', async () => {
    const first = await renewed();
    expect(await holder(first)).toBe('worker:shop/production/triage');
    clock.now += HOUR_MS;
    expect(await renewed()).toBe(first);
    clock.now += 1;
    const second = await renewed();
    expect(second).not.toBe(first);
    clock.now = NOON + WORKER_TOKEN_MS - 1;
    expect([await holder(first), await holder(second)]).toEqual(Array(2).fill(`worker:${TRIAGE}`));
    clock.now += 1;
    expect([await holder(first), await holder(second)]).toEqual([null, `worker:${TRIAGE}`]);
  });

  it('is replaced when it was revoked, is of another track, or is no token', async () => {
    const first = await renewed();
    const entry = { at: NOON, actor: 'ada', action: 'tokenRevoked', subject: 'x', detail: {} };
    await revokeToken(database.db, TENANT, readToken(first)?.id ?? '', entry);
    expect(await holder(first)).toBeNull();
    const second = await renewed();
    expect(await holder(second)).toBe(`worker:${TRIAGE}`);
    seats.texts.set(BILLING, second);
    expect(await holder(await renewed(BILLING))).toBe(`worker:${BILLING}`);
    for (const odd of ['', 'nonsense', `${second}x`, second.replace(/.{43}$/, 'A'.repeat(43))]) {
      seats.texts.set(TRIAGE, odd);
      expect(await holder(await renewed())).toBe(`worker:${TRIAGE}`);
    }
  });

  it('is good whichever of two servers wrote it last', async () => {
    const far = new MemorySeats();
    await Promise.all([tokens.ensure(TRIAGE, seats), tokens.ensure(TRIAGE, far)]);
    for (const { texts } of [seats, far])
      expect(await holder(texts.get(TRIAGE) ?? '')).toBe(`worker:${TRIAGE}`);
  });

  it('stands in a list of its own while it is good, fills neither the ledger nor the table', async () => {
    await renewed();
    clock.now += 2 * HOUR_MS;
    await renewed();
    const listed = (at?: number) =>
      listTokens(database.db, TENANT, { limit: 10, ...(at !== undefined && { workersAt: at }) });
    expect(await listed()).toEqual([]);
    expect(await listed(clock.now)).toMatchObject([{ actsAs: `worker:${TRIAGE}` }, {}]);
    expect(await listed(NOON + WORKER_TOKEN_MS)).toHaveLength(1);
    clock.now += 24 * HOUR_MS + WORKER_TOKEN_MS + 1;
    await renewed();
    expect(await listed(NOON)).toHaveLength(1);
    expect(await listLedger(database.db, TENANT, { limit: 10 })).toEqual([]);
  });

  it('is renewed at a start and again and again, and one that cannot be keeps no other waiting', async () => {
    const away = new MemorySeats();
    away.isAway = true;
    const stopping = new AbortController();
    const warned: unknown[] = [];
    const seen: string[] = [];
    await renewWorkerTokens({
      tokens,
      seated: async () => [
        { track: BILLING, seats: away },
        { track: TRIAGE, seats },
      ],
      log: { warn: (...words: unknown[]) => void warned.push(words) },
      wait: async () => {
        seen.push(seats.texts.get(TRIAGE) ?? '');
        clock.now += 2 * HOUR_MS;
        if (seen.length === 3) stopping.abort();
      },
      signal: stopping.signal,
    });
    expect(new Set(seen).size).toBe(3);
    expect(JSON.stringify(warned[0])).toContain('the cluster is away');
  });
});
