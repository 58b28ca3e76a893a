import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, picture, seriousFaults, watchJumps } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
let machine: DashboardMachine;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
  await machine.release('v1');
  await machine.until(({ last }) => last?.outcome === 'succeeded');
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;

const INSTANCE = {
  ...{ state: 'ready', reason: null, address: '10.0.0.7:8080', pid: null, node: 'node-3', startedAt: 1 },
  ...{ restarts: 0, cpuMillis: 120, memoryBytes: 96 * 2 ** 20 },
};
/** Components in a cluster, with so many instances each. */
const inCluster = (components: number, instances: number) =>
  Array.from({ length: components }, (_, component) => ({
    track: `shop/live/part-${component}`,
    splitConfirmed: true,
    revisions: [
      {
        ...{ revision: 'web-1', version: 'v7', role: 'stable', ordered: instances, shareBasisPoints: 10_000 },
        ...{ where: { on: 'cluster', cluster: 'east', namespace: 'shop' }, unreachable: null },
        resources: { cpuMillis: 500, memoryBytes: 2 ** 28 },
        instances: Array.from({ length: instances }, (_one, number) => ({
          ...INSTANCE,
          name: `part-${component}-${number}`,
          ...(number === 0 && component === 0 ? { state: 'backoff', reason: 'ended with exit code 1' } : {}),
        })),
      },
    ],
  }));
const HEALTH = {
  ...{ name: 'east', reachable: true, detail: null, seenAt: 1, version: 'v1.34.1', user: 'sluice' },
  ...{ namespaces: ['shop'], roles: [] },
  apis: [
    { name: 'Gateway API', apiVersion: 'v1', kind: 'HTTPRoute', served: true, neededBy: [] },
    {
      name: 'Istio',
      apiVersion: 'v1',
      kind: 'VirtualService',
      served: false,
      neededBy: ['shop/live/part-0'],
    },
  ],
  missing: [{ verb: 'list', group: '', resource: 'pods', namespace: 'shop', why: 'to see them' }],
};

async function playCluster(
  page: Page,
  items: unknown = inCluster(2, 3),
  health: object = HEALTH,
): Promise<void> {
  await page.route(/\/api\/v1\/instances/, (route) => route.fulfill({ json: { items, next: null } }));
  await page.route(/\/clusters\/east\/health/, (route) => route.fulfill({ json: health }));
}

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the pages of targets', () => {
  it('lead from a machine to what one of its instances writes', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/'));
    await page.getByRole('link', { name: 'Targets' }).click();
    const machines = page.getByRole('region', { name: 'Machines, as a table' });
    await machines
      .getByRole('row', { name: /this machine.*Answers.*port \d+, 1 worker.*2 instances of 1 component/ })
      .waitFor();
    await picture(page, 'targets');
    const rows = page.getByRole('list', { name: 'Instances, by component' });
    const first = rows.getByRole('listitem').first();
    await first.getByText(/Ready/).waitFor();
    await first.getByText(/MiB/).waitFor();
    await first.getByRole('link').click();
    await page.getByRole('heading', { name: '0', exact: true }).waitFor();
    await page.getByText(/127\.0\.0\.1:\d+/).waitFor();
    await page.getByRole('list', { name: 'Lines, oldest first' }).waitFor();
    await page.getByLabel('Instance').selectOption('1');
    await page.getByRole('heading', { name: '1', exact: true }).waitFor();
    expect(page.url()).toMatch(/\/targets\/storefront\/local\/web\/web-\w+\/1$/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('show a log as it grows, leave whoever reads where they are, and take nothing in it for a page', async () => {
    const { page } = await openPage(browser);
    const lines = Array.from({ length: 300 }, (_, line) => `line ${line + 1}`);
    lines[4] = '<img src=x onerror="window.hacked=1"> \u001b[31mError\u001b[0m: broken';
    await page.route(/\/logs\?/, (route) =>
      route.fulfill({ contentType: 'text/plain', body: `${lines.join('\n')}\n` }),
    );
    const [revision] = (await machine.until(() => true)).revisions;
    await page.goto(at(`/targets/${machine.track}/${revision?.revision}/0`));
    const list = page.getByRole('list', { name: 'Lines, oldest first' });
    await list.getByText('line 300', { exact: true }).waitFor();
    lines.push('line 301');
    await list.getByText('line 301', { exact: true }).waitFor();
    // Only what can be seen is there.
    expect(await list.getByRole('listitem').count()).toBeLessThan(60);
    await list.hover();
    await page.mouse.wheel(0, -1200);
    await page.getByRole('button', { name: 'Follow', pressed: false }).waitFor();
    const topOf = () => list.evaluate(({ scrollTop }) => Number(scrollTop));
    const before = await topOf();
    lines.push('line 302');
    await page.getByText('302 lines').waitFor();
    expect(await topOf()).toBe(before);
    await page.getByRole('button', { name: 'Follow' }).click();
    await list.getByText('line 302', { exact: true }).waitFor();
    await page.getByLabel('Only lines with').fill('error');
    await page.getByText('1 found').waitFor();
    await list.getByText('<img src=x', { exact: false }).waitFor();
    expect(await list.textContent()).not.toContain('\u001b');
    expect(page.url()).toContain('find=error');
    await page.getByLabel('Only lines with').fill('');
    await page.getByRole('button', { name: 'Wrap' }).click();
    await page
      .getByRole('region', { name: 'The last 1000 lines' })
      .getByText('line 302', { exact: true })
      .waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    await page.context().close();
  });

  it('say of a cluster what it can do, what it lacks and what runs there', async () => {
    const { page } = await openPage(browser);
    await playCluster(page);
    await page.goto(at('/targets'));
    const clusters = page.getByRole('region', { name: 'Clusters, as a table' });
    await clusters
      .getByRole('row', {
        name: /east not registered Answers v1.34.1 Gateway API Istio.*1 permission 6 instances of 2 components/,
      })
      .waitFor();
    await page.getByRole('button', { name: 'Unwell 1' }).click();
    const rows = page.getByRole('list', { name: 'Instances, by component' });
    await rows.getByText('Crashed').waitFor();
    expect(await rows.getByRole('listitem').count()).toBe(1);
    expect(page.url()).toContain('unwell=yes');
    await page.context().close();
  });

  it('say of a cluster that is away since when, and why its instances are not known', async () => {
    const { page } = await openPage(browser);
    const away = inCluster(1, 2).map((track) => ({
      ...track,
      revisions: track.revisions.map((one) => ({
        ...one,
        instances: [],
        unreachable: 'connect ECONNREFUSED',
      })),
    }));
    await playCluster(page, away, {
      ...HEALTH,
      reachable: false,
      detail: 'connect ECONNREFUSED',
      version: null,
      seenAt: Date.now() - 600_000,
    });
    await page.goto(at('/targets'));
    await page
      .getByRole('row', { name: /east.*Does not answer.*connect ECONNREFUSED.*10 min ago/ })
      .waitFor();
    await page.getByRole('list', { name: 'Instances, by component' }).getByText('Not known').waitFor();
    await page.context().close();
  });

  it('stay smooth with a thousand instances: few rows are there, and nothing jumps', async () => {
    const { page, complaints } = await openPage(browser);
    await playCluster(page, inCluster(50, 20));
    await page.goto(at('/targets'));
    const rows = page.getByRole('list', { name: 'Instances, by component' });
    await rows.getByText('part-0-0', { exact: true }).waitFor();
    await page.getByRole('row', { name: /1,000 instances of 50 components/ }).waitFor();
    expect(await rows.getByRole('listitem').count()).toBeLessThan(40);
    const jumps = await watchJumps(page);
    // The next look at instances.
    await page.waitForResponse(/\/api\/v1\/instances/);
    await rows.evaluate((box, top) => void box.scrollTo(0, top), 40 * 900);
    await rows.getByText('part-45-0', { exact: true }).waitFor();
    await page.getByPlaceholder('Search').fill('part-49-19');
    await rows.getByText('part-49-19', { exact: true }).waitFor();
    // Figures may widen by a digit; nothing goes up or down.
    expect((await jumps()).flatMap(({ moved }) => moved).filter((one) => !one.endsWith(' 0'))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('show instances to who may only look, and nothing to who may not even that', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/targets', await machine.token('onlooker', 'viewer')));
    await page.getByRole('list', { name: 'Instances, by component' }).getByText('Ready').first().waitFor();
    await page.context().close();
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['dark', 390],
    ['light', 768],
  ] as const)('have nothing that axe calls serious, and fit: %s, %i pixels', async (theme, width) => {
    const { page } = await openPage(browser, { theme, width });
    await playCluster(page);
    for (const path of ['/targets', '/targets/shop/live/part-0/web-1/part-0-0']) {
      await page.goto(at(path));
      await page.locator('#stage .panel').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect({ path, faults: await seriousFaults(page) }).toEqual({ path, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });
});
