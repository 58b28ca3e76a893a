import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterClient } from '../cluster-client.ts';
import type { ApiCallCount } from '../connection/api-request.ts';
import { ScriptedServer, refuse } from '../testing/scripted-server.ts';
import { FAST_PACE, openTestCluster } from '../testing/test-cluster.ts';
import { WatchedConfigMaps, configMap } from '../testing/watched-config-maps.ts';

const SHOP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop' };
const PATIENCE = { timeout: 10_000, interval: 2 };

let server: ScriptedServer;
let maps: WatchedConfigMaps;
let client: ClusterClient;
const calls: ApiCallCount[] = [];
beforeEach(async () => {
  server = await ScriptedServer.start();
  maps = new WatchedConfigMaps(server);
  calls.length = 0;
  client = await openTestCluster(server.origin, { onCall: (call) => calls.push(call) });
});
afterEach(async () => {
  await client.close();
  await server.stop();
});

/** What a mirror tells, as `name: version before → version now`. */
function told(changes: {
  onChange: (listener: (now?: KubernetesObject, before?: KubernetesObject) => void) => unknown;
}) {
  const lines: string[] = [];
  changes.onChange((now, before) => {
    const name = (now ?? before)?.metadata.name;
    lines.push(
      `${name}: ${before?.metadata.resourceVersion ?? '-'} → ${now?.metadata.resourceVersion ?? '-'}`,
    );
  });
  return lines;
}

describe('a mirror of a server that sends what is there with the watch', () => {
  it('is synced at the end of the initial events, and not before', async () => {
    const { mirror } = client.mirror(SHOP);
    const watch = await maps.nextWatch();
    expect(watch.query).toMatchObject({ sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
    watch.send('ADDED', configMap('one', 3));
    watch.send('ADDED', configMap('two', 4));
    watch.bookmark(7, 'initial');
    await mirror.synced;
    expect(mirror.all().map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);
    expect(mirror.stale).toBeNull();
    expect(maps.lists).toBe(0);
  });

  it('goes on with the same watch', async () => {
    const { mirror } = client.mirror(SHOP);
    const lines = told(mirror);
    const watch = await maps.nextWatch();
    watch.send('ADDED', configMap('one', 3));
    watch.bookmark(7, 'initial');
    watch.send('MODIFIED', configMap('one', 8));
    watch.send('DELETED', configMap('one', 9));
    await vi.waitFor(() => expect(lines).toEqual(['one: - → 3', 'one: 3 → 8', 'one: 8 → -']), PATIENCE);
  });

  it('takes what changed before the end of the initial events as it is last', async () => {
    const { mirror } = client.mirror(SHOP);
    const watch = await maps.nextWatch();
    watch.send('ADDED', configMap('one', 3));
    watch.send('ADDED', configMap('two', 4));
    watch.send('MODIFIED', configMap('one', 5));
    watch.send('DELETED', configMap('two', 6));
    watch.bookmark(7, 'initial');
    await mirror.synced;
    expect(mirror.all().map(({ metadata }) => metadata.resourceVersion)).toEqual(['5']);
  });

  it('starts anew when it is cut in the middle of the initial events', async () => {
    const { mirror } = client.mirror(SHOP);
    const first = await maps.nextWatch();
    first.send('ADDED', configMap('gone', 3));
    first.cut();
    const second = await maps.nextWatch();
    second.send('ADDED', configMap('one', 8));
    second.bookmark(9, 'initial');
    await mirror.synced;
    expect(mirror.all().map(({ metadata }) => metadata.name)).toEqual(['one']);
  });
});

describe('a mirror of a server without initial events', () => {
  beforeEach(() => {
    maps.initialEvents = false;
    maps.holds(5, configMap('one', 3));
  });

  it('lists, then watches from the version of the list', async () => {
    const { mirror } = client.mirror(SHOP);
    const watch = await maps.nextWatch();
    await mirror.synced;
    expect(watch.query).toMatchObject({ resourceVersion: '5', allowWatchBookmarks: 'true' });
    expect(mirror.get('shop', 'one')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it('asks for initial events once per API, not once per mirror', async () => {
    await client.mirror(SHOP).mirror.synced;
    await client.mirror({ ...SHOP, labels: 'app=web' }).mirror.synced;
    const refused = server.seenOf(`GET ${maps.path}`).filter(({ query }) => query['sendInitialEvents']);
    expect(refused).toHaveLength(1);
  });

  it('does not take a selector that is wrong for a server that cannot', async () => {
    maps.initialEvents = true;
    server.on(
      `GET ${maps.path}`,
      refuse(400, "unable to parse requirement: found '=', expected: ',' or 'end of string'"),
      maps.serve,
    );
    const { mirror } = client.mirror({ ...SHOP, labels: 'app=' });
    const watch = await maps.nextWatch();
    expect(watch.query).toMatchObject({ sendInitialEvents: 'true' });
    watch.bookmark(7, 'initial');
    await mirror.synced;
  });

  it('asks for a watch that lasts between five and ten minutes', async () => {
    client.mirror(SHOP);
    const { query } = await maps.nextWatch();
    expect(Number(query['timeoutSeconds'])).toBeGreaterThanOrEqual(300);
    expect(Number(query['timeoutSeconds'])).toBeLessThanOrEqual(600);
  });
});

describe('a mirror of an old server that ignores that initial events were asked for', () => {
  beforeEach(() => maps.holds(5, configMap('one', 3)));

  it('sees it by a bookmark that does not mark their end, and lists', async () => {
    const { mirror } = client.mirror(SHOP);
    const watch = await maps.nextWatch();
    watch.send('ADDED', configMap('one', 3));
    watch.bookmark(5);
    await mirror.synced;
    expect(maps.lists).toBe(1);
  });

  it('sees it by silence, and lists', async () => {
    await client.close();
    client = await openTestCluster(server.origin, { mirrorPace: { ...FAST_PACE, initialSilenceMs: 20 } });
    const { mirror } = client.mirror(SHOP);
    await mirror.synced;
    expect(maps.lists).toBe(1);
  });
});

describe('a mirror whose watch ends', () => {
  /** A mirror of one object that follows after version 5. */
  async function following() {
    maps.initialEvents = false;
    maps.holds(5, configMap('one', 3));
    const { mirror, release } = client.mirror(SHOP);
    const lines = told(mirror);
    const watch = await maps.nextWatch();
    await mirror.synced;
    lines.length = 0;
    return { mirror, release, lines, watch };
  }

  it('goes on after the last event when the server ends it', async () => {
    const { mirror, watch } = await following();
    watch.send('MODIFIED', configMap('one', 8));
    watch.end();
    expect((await maps.nextWatch()).query).toMatchObject({ resourceVersion: '8' });
    expect(mirror.stale).toBeNull();
    expect(maps.lists).toBe(1);
  });

  it('goes on after the last bookmark, so that a quiet selection does not become too old', async () => {
    const { watch } = await following();
    watch.bookmark(900);
    watch.end();
    expect((await maps.nextWatch()).query).toMatchObject({ resourceVersion: '900' });
  });

  it('drops half an event of a cut connection and gets it again', async () => {
    const { lines, watch } = await following();
    const event = JSON.stringify({ type: 'MODIFIED', object: configMap('one', 8) });
    watch.write(event.slice(0, 60));
    watch.cut();
    const next = await maps.nextWatch();
    expect(next.query).toMatchObject({ resourceVersion: '5' });
    next.write(event.slice(0, 70));
    next.write(`${event.slice(70)}\n`);
    await vi.waitFor(() => expect(lines).toEqual(['one: 3 → 8']), PATIENCE);
  });

  it('tells what was deleted meanwhile when its version is too old (410 as an event)', async () => {
    const { mirror, lines, watch } = await following();
    maps.holds(20, configMap('two', 12));
    watch.error(410, 'too old resource version: 5 (20)');
    expect((await maps.nextWatch()).query).toMatchObject({ resourceVersion: '20' });
    expect(lines).toEqual(['one: 3 → -', 'two: - → 12']);
    expect(mirror.all()).toHaveLength(1);
  });

  it('tells one that was deleted and made again under the same name as both', async () => {
    const { lines, watch } = await following();
    maps.holds(20, configMap('one', 12, { uid: 'another' }));
    watch.error(410, 'too old resource version: 5 (20)');
    await vi.waitFor(() => expect(lines).toEqual(['one: 3 → -', 'one: - → 12']), PATIENCE);
  });

  it('says nothing of what a new list shows unchanged', async () => {
    const { lines, watch } = await following();
    maps.holds(20, configMap('one', 3), configMap('two', 12));
    watch.error(410, 'too old resource version: 5 (20)');
    await vi.waitFor(() => expect(lines).toEqual(['two: - → 12']), PATIENCE);
  });

  it('holds what it had while the server is away, says since when, and catches up', async () => {
    const before = Date.now();
    const { mirror, lines } = await following();
    const port = await server.goAway();
    const away = /watch ConfigMap of namespace shop in cluster test: .*nothing listens/;
    await vi.waitFor(() => expect(mirror.stale?.reason).toMatch(away), PATIENCE);
    const since = mirror.stale?.since ?? 0;
    expect(since).toBeGreaterThanOrEqual(before);
    expect(mirror.all()).toHaveLength(1);
    const tries = calls.length;
    await vi.waitFor(() => expect(calls.length).toBeGreaterThan(tries + 2), PATIENCE);
    expect(mirror.stale?.since).toBe(since);
    await server.listen(port);
    const watch = await maps.nextWatch();
    watch.send('MODIFIED', configMap('one', 8));
    await vi.waitFor(() => expect(lines).toEqual(['one: 3 → 8']), PATIENCE);
    expect(mirror.stale).toBeNull();
  });

  it('copies anew when the server cannot read its version', async () => {
    const { lines, watch } = await following();
    maps.holds(2, configMap('two', 1));
    watch.error(400, 'invalid resource version');
    expect((await maps.nextWatch()).query).toMatchObject({ resourceVersion: '2' });
    expect(lines).toEqual(['one: 3 → -', 'two: - → 1']);
  });

  it('goes on after an event that is no JSON', async () => {
    const { watch } = await following();
    watch.write('<html>bad gateway</html>\n');
    expect((await maps.nextWatch()).query).toMatchObject({ resourceVersion: '5' });
  });

  it('is told to go when the last who asked for it has released it, and only then', async () => {
    const { watch, release } = await following();
    const again = client.mirror(SHOP);
    release();
    release();
    watch.send('MODIFIED', configMap('one', 8));
    await vi.waitFor(
      () => expect(again.mirror.get('shop', 'one')?.metadata.resourceVersion).toBe('8'),
      PATIENCE,
    );
    again.release();
    await watch.closed;
  });
});

describe('a mirror', () => {
  it('is the same for all who ask for the same selection', () => {
    const [a, b] = [client.mirror(SHOP), client.mirror({ ...SHOP })];
    expect(a.mirror).toBe(b.mirror);
    expect(client.mirror({ ...SHOP, labels: 'app=web' }).mirror).not.toBe(a.mirror);
  });

  it('finds objects by label, also after their labels have changed', async () => {
    const { mirror } = client.mirror(SHOP);
    const watch = await maps.nextWatch();
    const names = (app: string) => mirror.withLabel('app', app).map(({ metadata }) => metadata.name);
    watch.send('ADDED', configMap('one', 3, { labels: { app: 'web' } }));
    watch.send('ADDED', configMap('two', 4, { labels: { app: 'web' } }));
    watch.send('ADDED', configMap('three', 5));
    watch.bookmark(7, 'initial');
    await mirror.synced;
    expect(names('web')).toEqual(['one', 'two']);
    watch.send('MODIFIED', configMap('one', 8, { labels: { app: 'worker' } }));
    watch.send('DELETED', configMap('two', 9, { labels: { app: 'web' } }));
    await vi.waitFor(() => expect(names('worker')).toEqual(['one']), PATIENCE);
    await vi.waitFor(() => expect(names('web')).toEqual([]), PATIENCE);
  });

  it('does not hold who owns which field, nor what kubectl applied last', async () => {
    const { mirror } = client.mirror(SHOP);
    const watch = await maps.nextWatch();
    const { metadata, ...rest } = configMap('one', 3);
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'kept' };
    const sent = { ...rest, metadata: { ...metadata, annotations, managedFields: [{ manager: 'x' }] } };
    watch.send('ADDED', sent);
    watch.bookmark(7, 'initial');
    await mirror.synced;
    expect(mirror.get('shop', 'one')?.metadata).toEqual({ ...metadata, annotations: { mine: 'kept' } });
  });

  it('tells all its listeners, also when one of them throws', async () => {
    const { mirror } = client.mirror(SHOP);
    mirror.onChange(() => {
      throw new Error('a fault of a listener');
    });
    const lines = told(mirror);
    const watch = await maps.nextWatch();
    watch.send('ADDED', configMap('one', 3));
    watch.bookmark(7, 'initial');
    await mirror.synced;
    expect(lines).toEqual(['one: - → 3']);
  });

  it('is not synced when it is closed before, and says so', async () => {
    const { mirror, release } = client.mirror(SHOP);
    release();
    await expect(mirror.synced).rejects.toMatchObject({
      name: 'SluiceError',
      message: expect.stringContaining('was closed before it was complete'),
    });
  });

  it('says which permission it lacks, and follows as soon as it is granted', async () => {
    let permitted = false;
    const { path } = maps;
    const scripted = await ScriptedServer.start();
    const granted = new WatchedConfigMaps(scripted);
    scripted.on(`GET ${path}`, (response, request) => {
      if (permitted) return granted.serve(response, request);
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          kind: 'Status',
          message:
            'configmaps is forbidden: User "dev" cannot watch resource "configmaps" in API group "" in the namespace "shop"',
          code: 403,
        }),
      );
    });
    const limited = await openTestCluster(scripted.origin);
    const { mirror } = limited.mirror(SHOP);
    await vi.waitFor(
      () => expect(mirror.stale?.reason).toMatch(/user dev may not watch configmaps in namespace shop/),
      PATIENCE,
    );
    permitted = true;
    (await granted.nextWatch()).bookmark(7, 'initial');
    await mirror.synced;
    await limited.close();
    await scripted.stop();
  });
});
