import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rowCounts } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { accepted, ControlPlaneRig, refused, SHOP } from './testing/control-plane-rig.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

/** A file of another application with one component, which wants the requests of a route. */
const blog = (route: string, environments = ['production']): string => `application: blog
components:
  pages:
    run: node server.js
    source: web
    health: /healthz
    route: ${route}
    strategy: blue-green
environments:
${environments.map((name) => `  ${name}:`).join('\n')}
`;
const releaseBlog = (route: string, options?: { dryRun: boolean }) =>
  rig.release({ text: blog(route), version: 'b1' }, options);

async function webIsStable(route = '/'): Promise<void> {
  const text = SHOP.replace('route: /\n', `route: ${route}\n`);
  accepted(await rig.release({ text, version: 'v1', components: ['web'] }));
  await rig.settle();
}

describe('a route that another track has', () => {
  it('is refused before anything is changed, with both tracks, the route and what to do', async () => {
    await webIsStable();
    const before = await rowCounts(database.db);
    expect(refused(await releaseBlog('/'))).toMatchObject({
      ...{ status: 409, code: 'route-taken' },
      detail: `b1 of blog/production/pages takes the requests of any host, path /, which belong to ${WEB} (v1, which is stable).`,
      remedy: `Give one of the two another host or path under \`route\`; one beneath the other, as /more, is possible. The route is free again once ${WEB} is released without it.`,
    });
    expect(await rowCounts(database.db)).toEqual(before);
  });

  it('is refused in a dry run as well', async () => {
    await webIsStable();
    expect(refused(await releaseBlog('/', { dryRun: true })).code).toBe('route-taken');
  });

  it('is refused to another environment of the same application', async () => {
    const text = blog('/', ['production', 'staging']);
    accepted(await rig.release({ text, version: 'b1', environment: 'production' }));
    const { code, detail } = refused(await rig.release({ text, version: 'b1', environment: 'staging' }));
    expect(code).toBe('route-taken');
    expect(detail).toContain('belong to blog/production/pages (b1, which waits for its release)');
  });

  it.each([
    ['shop.example.com/cart', 'SHOP.example.com/cart/'],
    ['/cart/', '/cart'],
  ])('is the same as the router takes it for the same: %s and %s', async (one, other) => {
    await webIsStable(one);
    expect(refused(await releaseBlog(other)).code).toBe('route-taken');
  });

  it.each([
    ['/', '/cart'],
    ['/cart', '/'],
    ['/cart', '/carts'],
    ['/', 'shop.example.com'],
    ['a.example.com/x', 'b.example.com/x'],
  ])('is another one where the router tells them apart: %s and %s', async (one, other) => {
    await webIsStable(one);
    accepted(await releaseBlog(other));
  });

  it('is refused to a rollback, which would bring it back', async () => {
    await webIsStable('/');
    await rig.write('web', 'v2');
    const text = SHOP.replace('route: /\n', 'route: /new\n');
    accepted(await rig.release({ text, version: 'v2', components: ['web'], strategy: 'immutable' }));
    await rig.settle();
    accepted(await releaseBlog('/'));
    const answer = await rig.plane.rollback(WEB, { bySteps: false, by: 'ann' });
    expect(refused(answer).detail).toContain('belong to blog/production/pages');
  });

  it('goes to one of two releases at once, whichever is first', async () => {
    const answers = await Promise.all([
      releaseBlog('/'),
      rig.release({ version: 'v1', components: ['web'] }),
      rig.release({ text: blog('/').replace('blog', 'news'), version: 'n1' }),
    ]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal.code]));
    expect(refusals).toEqual(['route-taken', 'route-taken']);
    expect(await rowCounts(database.db)).toMatchObject({ tracks: 1, rollouts: 1, revisions: 1 });
  });
});

describe('a route is free again', () => {
  it('when its track has another one', async () => {
    await webIsStable('/');
    await rig.write('web', 'v2');
    const text = SHOP.replace('route: /\n', 'route: /new\n');
    accepted(await rig.release({ text, version: 'v2', components: ['web'], strategy: 'immutable' }));
    await rig.settle();
    accepted(await releaseBlog('/'));
  });

  it('when the only release with it was taken back', async () => {
    accepted(await rig.release({ version: 'v1', components: ['web'] }));
    await rig.look();
    expect(refused(await releaseBlog('/')).detail).toContain('(v1, which is being released)');
    accepted(await rig.plane.command(WEB, { command: 'abort', by: 'ann' }, null));
    await rig.settle();
    accepted(await releaseBlog('/'));
  });

  it('never to its own track, which keeps it from release to release', async () => {
    await webIsStable();
    await rig.stable('v2');
    expect(accepted(await rig.plane.track(WEB)).stable?.version).toBe('v2');
  });
});
