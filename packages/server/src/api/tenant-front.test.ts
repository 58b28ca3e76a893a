import { ANONYMOUS, type Caller } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessGuard } from '../access/access-guard.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';
import { type TestApi, testApi } from './testing/test-api.ts';
import { NO_PROXIES } from '../limits/address-of.ts';
import { requestLimiter } from '../limits/request-limiter.ts';
import { DEFAULT_REQUEST_LIMITS } from '../limits/request-limits.ts';
import { tenantFront } from './tenant-front.ts';
import { createLog } from '../telemetry/log.ts';

const NOW = 1_800_000_000_000;

let looked: string[];
const guard: AccessGuard = {
  callerOf: async ({ bearer }): Promise<Caller | null> => {
    looked.push(bearer ?? ANONYMOUS);
    if (bearer !== 'ada' && bearer !== null) return null;
    const subject = bearer === null ? ANONYMOUS : 'person:ada';
    const grants = [{ role: 'admin', permissions: ROLES.admin, project: '*', environment: '*' }];
    return { tenant: 'default', subject, name: subject, groups: [], grants };
  },
  mayWith: async () => ({ allowed: true, role: 'admin' }),
  tracksOf: async () => [],
};

let api: TestApi;
let url: string;
beforeEach(async () => {
  looked = [];
  const limiter = requestLimiter(DEFAULT_REQUEST_LIMITS, { trusted: NO_PROXIES, now: () => NOW });
  const parts = {
    guard,
    limiter,
    log: createLog({ level: 'silent' }),
    publicUrl: null,
    home: 'default',
    running: new Map(),
  };
  const of = () => Promise.reject(new Error('there is one organisation'));
  api = testApi({ access: guard, limiter, front: (own) => tenantFront(own, { ...parts, of }) });
  ({ url } = await listenOnLoopback(api.app, { port: 0 }));
});
afterEach(() => api.app.close());

const statusOf = async (path: string, token: string): Promise<number> =>
  (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

/** Two a second, and at once what ten seconds allow. */
const FREE_GUESSES = 20;

it.each(['/health/live', '/auth/methods', '/nowhere', '/api/v1/tracks'])(
  'tokens that are nobody’s are looked up a few times, and no more, also where anybody may ask: %s',
  async (path) => {
    for (let guess = 0; guess < FREE_GUESSES + 10; guess += 1) await statusOf(path, `guess-${guess}`);
    expect(new Set(looked).size).toBe(FREE_GUESSES);
    expect(await statusOf('/api/v1/tracks', 'another')).toBe(429);
  },
);

it('one that is known is not kept waiting by those that are not', async () => {
  expect(await statusOf('/api/v1/tracks', 'ada')).toBe(200);
  for (let guess = 0; guess < FREE_GUESSES + 1; guess += 1) await statusOf('/health/live', `guess-${guess}`);
  expect(await statusOf('/api/v1/tracks', 'ada')).toBe(200);
});
