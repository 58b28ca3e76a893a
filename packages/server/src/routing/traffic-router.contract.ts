import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { chooseRevision, stickyPlace } from '@sluice/core/traffic/choose.ts';
import { EMPTY_SPLIT, type Match, type Split, type StickyKey } from '@sluice/core/traffic/split.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testRevisionId, testTrack } from '../targets/testing/test-revision.ts';
import { type Answered, RequestLoad, type Wanted } from './testing/request-load.ts';
import type { SplitRequest, TrafficRouter } from './traffic-router.ts';

/** A router with a target behind it, as the contract sees them. */
export interface RouterSubject {
  readonly router: TrafficRouter;
  /** Where the router takes requests, `http://host:port`. */
  readonly origin: string;
  /** Runs a revision of the echo server and resolves when so many instances are ready. */
  run(track: TrackId, revision: RevisionId, instances: number): Promise<void>;
  /** Addresses of a revision's ready instances, `http://host:port`. */
  instances(track: TrackId, revision: RevisionId): Promise<readonly string[]>;
  /** A generation above all that were given out before. */
  nextGeneration(): number;
  /** Kills what routes, in the hardest way that it promises to survive, and brings it back. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const TRACK = testTrack('web');
const HOST = 'web.test';
const STABLE = testRevisionId(1);
const CANDIDATE = testRevisionId(2);
const PATIENCE = { timeout: 20_000, interval: 20 };

/** The candidate's share in basis points, and whatever else a split has. */
const shareOf = (basisPoints: number, changes: Partial<Split> = {}): Split => ({
  ...EMPTY_SPLIT,
  salt: 'ro-7',
  weights: [
    { revision: CANDIDATE, basisPoints },
    { revision: STABLE, basisPoints: 10_000 - basisPoints },
  ],
  ...changes,
});

const matchOf = (revision: RevisionId, ...conditions: Match['conditions'][number][]): Match => ({
  revision,
  conditions,
});

/** What every router promises, tried with real requests through the real thing. */
export function describeTrafficRouterContract(name: string, makeSubject: () => Promise<RouterSubject>): void {
  describe(`${name} as a traffic router`, () => {
    let subject: RouterSubject;
    let load: RequestLoad;

    beforeAll(async () => {
      subject = await makeSubject();
      await Promise.all([subject.run(TRACK, STABLE, 1), subject.run(TRACK, CANDIDATE, 1)]);
    });
    afterAll(() => subject.close());
    beforeEach(() => {
      load = new RequestLoad(subject.origin, HOST);
    });
    afterEach(() => load.close());

    const order = (split: Split, changes: Partial<SplitRequest> = {}): SplitRequest => ({
      track: TRACK,
      split,
      route: { host: HOST, path: '/' },
      request: { protocol: 'http1', timeoutMs: 20_000, maxBodyBytes: 0 },
      goal: null,
      generation: subject.nextGeneration(),
      ...changes,
    });
    const apply = async (split: Split, changes: Partial<SplitRequest> = {}): Promise<void> =>
      subject.router.apply(order(split, changes));
    const inForce = async (): Promise<Split | undefined> => (await subject.router.observe(TRACK))?.split;
    const candidates = (answers: readonly Answered[]): number => {
      expect(answers.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
      return answers.filter(({ echo }) => echo?.revision === CANDIDATE).length;
    };
    const takenBy = async (wanted: Wanted): Promise<string | undefined> =>
      (await load.ask(wanted)).echo?.revision;
    const capabilities = () => subject.router.capabilities();
    const failure = (code: string) => expect.objectContaining({ name: 'SluiceError', code });

    it('has no split before the first', async () => {
      expect(await subject.router.observe(testTrack('unheard-of'))).toBeNull();
    });

    it('has exactly the split in force that was applied, under its generation', async () => {
      const finest = capabilities().granularityBasisPoints;
      for (const split of [shareOf(finest), shareOf(1_234 * finest, { salt: 'x|y z;%&' }), shareOf(0)]) {
        const request = order(split);
        await subject.router.apply(request);
        expect(await subject.router.observe(TRACK)).toEqual({ split, generation: request.generation });
      }
    });

    it('takes the same order again as nothing new, also under a higher generation', async () => {
      const request = order(shareOf(2_000));
      await subject.router.apply(request);
      await subject.router.apply(request);
      expect(await subject.router.observe(TRACK)).toMatchObject({ generation: request.generation });
      const generation = subject.nextGeneration();
      await subject.router.apply({ ...request, generation });
      expect(await subject.router.observe(TRACK)).toEqual({ split: request.split, generation });
    });

    it('refuses an order of a generation that was overtaken, and keeps what is in force', async () => {
      const [older, newer] = [order(shareOf(9_000)), order(shareOf(1_000))];
      await subject.router.apply(newer);
      const refused = subject.router.apply(older);
      await expect(refused).rejects.toEqual(failure('refused-as-stale'));
      const held = { heldGeneration: newer.generation, isReused: false };
      await expect(refused).rejects.toMatchObject({ cause: held });
      expect(await inForce()).toEqual(newer.split);
    });

    it('refuses another split under a generation that has ordered one', async () => {
      const request = order(shareOf(1_000));
      await subject.router.apply(request);
      const refused = subject.router.apply({ ...request, split: shareOf(9_000) });
      await expect(refused).rejects.toEqual(failure('refused-as-stale'));
      const held = { heldGeneration: request.generation, isReused: true };
      await expect(refused).rejects.toMatchObject({ cause: held });
      expect(await inForce()).toEqual(request.split);
    });

    it('refuses weights that are not the whole', async () => {
      const before = await inForce();
      const wrong = { ...EMPTY_SPLIT, weights: [{ revision: STABLE, basisPoints: 9_999 }] };
      await expect(apply(wrong)).rejects.toMatchObject({ name: 'SluiceError' });
      expect(await inForce()).toEqual(before);
    });

    it('refuses to send requests to a revision that is not there while another one is', async () => {
      await apply(shareOf(0));
      const absent = testRevisionId(99);
      const split = {
        ...shareOf(0),
        weights: [{ revision: absent, basisPoints: 10_000 }, ...half(STABLE, 0)],
      };
      await expect(apply(split)).rejects.toMatchObject({ name: 'SluiceError' });
      expect(await inForce()).toEqual(shareOf(0));
    });

    it('sends nothing to a share of 0, and everything to the whole', async () => {
      await apply(shareOf(0));
      expect(candidates(await load.askMany(200))).toBe(0);
      await apply(shareOf(10_000));
      expect(candidates(await load.askMany(200))).toBe(200);
    });

    it.each([500, 3_000])('realises %d basis points within five standard errors', async (basisPoints) => {
      await apply(shareOf(basisPoints));
      const requests = 2_000;
      const expected = (requests * basisPoints) / 10_000;
      const standardError = Math.sqrt(expected * (1 - basisPoints / 10_000));
      const seen = candidates(await load.askMany(requests));
      expect(Math.abs(seen - expected)).toBeLessThan(5 * standardError);
    });

    it('follows new weights from the next request on, and does not make up for the old ones', async () => {
      await apply(shareOf(1_000));
      candidates(await load.askMany(1_000));
      await apply(shareOf(5_000));
      // Round robin sends all of these to the candidate, which is behind. Five standard errors of 200 are 35.
      expect(Math.abs(candidates(await load.askMany(200)) - 100)).toBeLessThan(36);
    });

    it('loses no request while the weights change', async () => {
      await apply(shareOf(0));
      let changing = true;
      const answers: Answered[] = [];
      const asking = (async () => {
        while (changing) answers.push(...(await load.askMany(50)));
      })();
      for (let change = 0; change < 30; change++) await apply(shareOf((change % 2) * 10_000));
      changing = false;
      await asking;
      expect(answers.length).toBeGreaterThan(0);
      candidates(answers);
    });

    it('reaches every ready instance of a revision, also one that came later', async () => {
      const grown = testRevisionId(3);
      await subject.run(TRACK, grown, 1);
      await apply({ ...EMPTY_SPLIT, weights: half(grown, 10_000) });
      await subject.run(TRACK, grown, 2);
      await vi.waitFor(async () => {
        await inForce();
        const ports = new Set((await load.askMany(100)).map(({ echo }) => echo?.port));
        expect(ports.size).toBe(2);
      }, PATIENCE);
    });

    it('sends matched requests to their revision whatever the weights are, the first match first', async () => {
      if (!capabilities().matchOn.includes('path')) return refusesMatch('path');
      const matches = [
        matchOf(STABLE, { on: 'path', equals: '/a/b' }),
        matchOf(CANDIDATE, { on: 'path', prefix: '/a' }),
      ];
      await apply(shareOf(0, { matches }));
      expect(await inForce()).toEqual(shareOf(0, { matches }));
      expect(await takenBy({ path: '/a/c?x=1' })).toBe(CANDIDATE);
      expect(await takenBy({ path: '/a/b?x=1' })).toBe(STABLE);
      expect(await takenBy({ path: '/b' })).toBe(STABLE);
    });

    it('matches the value of a header, by its start or as a whole', async () => {
      if (!capabilities().matchOn.includes('header')) return refusesMatch('header');
      const matches = [
        matchOf(CANDIDATE, { on: 'header', name: 'x-group', equals: 'beta, gamma; "1"' }),
        matchOf(CANDIDATE, { on: 'header', name: 'user-agent', prefix: 'curl/' }),
      ];
      await apply(shareOf(0, { matches }));
      expect(await inForce()).toEqual(shareOf(0, { matches }));
      expect(await takenBy({ headers: { 'X-Group': 'beta, gamma; "1"' } })).toBe(CANDIDATE);
      expect(await takenBy({ headers: { 'x-group': 'beta' } })).toBe(STABLE);
      expect(await takenBy({ headers: { 'user-agent': 'curl/8.1' } })).toBe(CANDIDATE);
      expect(await takenBy({ headers: { 'user-agent': 'a curl/8.1' } })).toBe(STABLE);
      expect(await takenBy({})).toBe(STABLE);
    });

    it('matches one of several values of a cookie, and only when all conditions hold', async () => {
      if (!capabilities().matchOn.includes('cookie')) return refusesMatch('cookie');
      const matches = [
        matchOf(
          CANDIDATE,
          { on: 'cookie', name: 'user', oneOf: ['ada', 'eve'] },
          { on: 'path', prefix: '/shop' },
        ),
      ];
      await apply(shareOf(0, { matches }));
      expect(await inForce()).toEqual(shareOf(0, { matches }));
      const from = (path: string, cookie: string) => takenBy({ path, headers: { cookie } });
      expect(await from('/shop/1', 'a=b; user=eve; c=d')).toBe(CANDIDATE);
      expect(await from('/shop/1', 'user=bob')).toBe(STABLE);
      expect(await from('/shop/1', 'xuser=eve; user2=eve')).toBe(STABLE);
      expect(await from('/other', 'user=eve')).toBe(STABLE);
    });

    const refusesMatch = async (on: 'header' | 'cookie' | 'path'): Promise<void> => {
      const matches = [matchOf(CANDIDATE, { on, name: 'x', equals: 'y' })];
      await expect(apply(shareOf(0, { matches }))).rejects.toEqual(failure('unsupported'));
    };

    const refusesSticky = async (sticky: StickyKey): Promise<void> => {
      await expect(apply(shareOf(0, { sticky }))).rejects.toEqual(failure('unsupported'));
    };

    /** Where the rule that all routers share puts a key. */
    const placeOf = (key: string, split: Split): string | undefined =>
      chooseRevision(
        split,
        { path: '/', header: () => undefined, cookie: () => undefined },
        stickyPlace(key, split.salt),
      );

    it('keeps each user of a header where the common rule puts them', async () => {
      const sticky: StickyKey = { by: 'header', name: 'x-user' };
      if (!capabilities().sticky.includes('header')) return refusesSticky(sticky);
      const split = shareOf(4_000, { sticky });
      await apply(split);
      expect(await inForce()).toEqual(split);
      const keys = Array.from({ length: 150 }, (_, at) => `user ${at} <${at}@shop.test>`);
      const answers = await load.askMany(keys.length, (at) => ({ headers: { 'x-user': keys[at] ?? '' } }));
      expect(answers.map(({ echo }) => echo?.revision)).toEqual(keys.map((key) => placeOf(key, split)));
      const anonymous = candidates(await load.askMany(100));
      expect(anonymous).toBeGreaterThan(0);
      expect(anonymous).toBeLessThan(100);
    });

    it('gives a user without a cookie one, and keeps them where it puts them', async () => {
      const sticky: StickyKey = { by: 'cookie', name: 'visitor' };
      if (!capabilities().sticky.includes('cookie')) return refusesSticky(sticky);
      const split = shareOf(5_000, { sticky, salt: 'ro-8' });
      await apply(split);
      expect(await inForce()).toEqual(split);
      const keys = new Set<string>();
      for (const { echo, headers } of await load.askMany(40)) {
        const [, key = ''] =
          /^visitor=([^;]+); Path=\/; HttpOnly; SameSite=Lax$/.exec(String(headers['set-cookie'])) ?? [];
        keys.add(key);
        expect(echo?.revision).toBe(placeOf(key, split));
      }
      expect(keys.size).toBe(40);
      for (const key of keys) {
        const again = await load.ask({ headers: { cookie: `a=b; visitor=${key}` } });
        expect(again.echo?.revision).toBe(placeOf(key, split));
        expect(again.headers['set-cookie']).toBeUndefined();
      }
    });

    it('keeps each address where the common rule puts it, also one that a proxy beside it forwards for', async () => {
      const sticky: StickyKey = { by: 'address' };
      if (!capabilities().sticky.includes('address')) return refusesSticky(sticky);
      const split = shareOf(5_000, { sticky });
      await apply(split);
      expect(await inForce()).toEqual(split);
      for (let at = 0; at < 40; at++) {
        const headers = { 'x-forwarded-for': `192.0.2.1, 198.51.100.${at}` };
        expect(await takenBy({ headers })).toBe(placeOf(`198.51.100.${at}`, split));
      }
      expect(await takenBy({})).toBe(placeOf('127.0.0.1', split));
    });

    it('mirrors requests and never answers from the mirror', async () => {
      const split: Split = {
        ...EMPTY_SPLIT,
        weights: half(STABLE, 10_000),
        mirror: { revision: CANDIDATE, basisPoints: 10_000 },
      };
      if (!capabilities().mirror) {
        await expect(apply(split)).rejects.toEqual(failure('unsupported'));
        return;
      }
      await apply(split);
      expect(await inForce()).toEqual(split);
      const before = await copied(CANDIDATE);
      expect(candidates(await load.askMany(30, () => ({ path: '/copied' })))).toBe(0);
      await vi.waitFor(async () => expect(await copied(CANDIDATE)).toBe(before + 30), PATIENCE);
    });

    const copied = async (revision: RevisionId): Promise<number> => {
      const [instance = ''] = await subject.instances(TRACK, revision);
      return Number(await (await fetch(`${instance}/received`)).text());
    };

    it('counts goals, or refuses to be asked for it', async () => {
      const goal = { path: '/bought', method: null, from: '/' };
      if (capabilities().goals) await apply(shareOf(5_000), { goal });
      else await expect(apply(shareOf(5_000), { goal })).rejects.toEqual(failure('unsupported'));
    });

    it('routes by host and by path on the border of a segment', async () => {
      await apply(shareOf(0), { route: { host: HOST, path: '/shop' } });
      const status = async (wanted: Wanted) => (await load.ask(wanted)).status;
      expect(await status({ path: '/shop' })).toBe(200);
      expect(await status({ path: '/shop?x=1' })).toBe(200);
      expect(await status({ path: '/shop/1' })).toBe(200);
      expect(await status({ path: '/shopping' })).toBe(404);
      expect(await status({ path: '/shop', headers: { host: 'Web.Test:8080' } })).toBe(200);
      expect(await status({ path: '/shop', headers: { host: 'other.test' } })).toBe(404);
      await apply(shareOf(0));
      expect(await status({ path: '/shopping' })).toBe(200);
    });

    it('answers 504 when an instance takes longer than the component allows', async () => {
      await apply(shareOf(0), { request: { protocol: 'http1', timeoutMs: 300, maxBodyBytes: 0 } });
      expect((await load.ask({ path: '/slow' })).status).toBe(504);
      expect((await load.ask()).status).toBe(200);
    });

    it('refuses a body that is larger than the component allows, and passes on one that is not', async () => {
      await apply(shareOf(0), { request: { protocol: 'http1', timeoutMs: 20_000, maxBodyBytes: 1_000 } });
      const post = (bytes: number) => load.ask({ method: 'POST', body: 'x'.repeat(bytes) });
      expect((await post(1_000)).echo?.bytes).toBe(1_000);
      expect((await post(1_001)).status).toBe(413);
    });

    it('tells an instance who asked, and how', async () => {
      await apply(shareOf(0));
      const seen = (await load.ask({ headers: { 'x-forwarded-for': '192.0.2.9' } })).echo?.headers ?? {};
      expect(seen['x-forwarded-for']).toBe('192.0.2.9, 127.0.0.1');
      expect(seen['x-forwarded-host']).toBe(HOST);
      expect(seen['x-forwarded-proto']).toBe('http');
    });

    it('names the revision in each of its answers', async () => {
      await apply(shareOf(5_000));
      for (const { headers, echo } of await load.askMany(20))
        expect(headers['x-sluice-revision']).toBe(echo?.revision);
    });

    it('serves nothing with an empty split, and says so', async () => {
      await apply(EMPTY_SPLIT);
      expect(await inForce()).toEqual(EMPTY_SPLIT);
      expect((await load.ask()).status).toBe(503);
    });

    it('comes back from being killed with the split and the fence that it had', async () => {
      const request = order(shareOf(10_000, { salt: 'before' }));
      await subject.router.apply(request);
      await subject.restart();
      expect(await subject.router.observe(TRACK)).toEqual({
        split: request.split,
        generation: request.generation,
      });
      const anew = new RequestLoad(subject.origin, HOST);
      expect(candidates(await anew.askMany(50))).toBe(50);
      await anew.close();
      const stale = { ...request, generation: request.generation - 1 };
      await expect(subject.router.apply(stale)).rejects.toEqual(failure('refused-as-stale'));
      await expect(subject.router.apply({ ...request, split: shareOf(0) })).rejects.toEqual(
        failure('refused-as-stale'),
      );
      await apply(shareOf(0));
      expect(await inForce()).toEqual(shareOf(0));
    });
  });
}

const half = (revision: RevisionId, basisPoints: number): Split['weights'] => [{ revision, basisPoints }];
