import { apiClient } from '@sluice/protocol/http/client.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser } from './browser.ts';
import { answerAccess, furnish, PAGES, type StillPlane, stillPlane, visit } from './still-plane.ts';

const chromium = browserOfMachine();
let plane: StillPlane;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [plane, browser] = await Promise.all([stillPlane(), openBrowser(chromium)]);
  furnish(plane);
  await declare();
});
afterAll(async () => {
  await browser?.close();
  await plane?.close();
});

/** Puts something into the lists of the settings. */
async function declare(): Promise<void> {
  const client = apiClient({ baseUrl: plane.address });
  const url = 'https://hooks.example.com/in/4711';
  const replies = [
    await client.freeze({ reason: 'The payment provider is down', scope: { environment: 'production' } }),
    await client.putWindow('office-hours', { effect: 'allow', times: 'mon-fri 09:00-17:00' }),
    await client.putApprovalRule('two-of-sre', { approvers: '2 of sre', scope: { project: 'payments' } }),
    await client.putChannel('team-shop', { settings: { kind: 'webhook', url, secrets: [{ env: 'HOOK' }] } }),
    await client.putSubscription('everything', { channel: 'team-shop', kinds: ['rollout.*', 'audit.*'] }),
  ];
  expect(replies.filter(({ ok }) => !ok)).toEqual([]);
}

const DELIVERY = {
  ...{
    id: 'd-1',
    channel: 'team-shop',
    subscription: 'everything',
    event: 'e-1',
    kind: 'rollout.rolled-back',
  },
  ...{ severity: 'alert', title: 'storefront/production/web v2 was taken back', state: 'dead', attempts: 9 },
  ...{ dueAt: null, failure: 'The receiver answered 503.', createdAt: SAMPLE_TIME, finishedAt: SAMPLE_TIME },
};
const INSTANCE = {
  ...{ name: 'web-6f4d7c9b8-x2kqp', state: 'ready', reason: null, address: '10.20.30.41:8080', pid: null },
  ...{ node: null, startedAt: SAMPLE_TIME, restarts: 0, cpuMillis: 120, memoryBytes: 96 * 2 ** 20 },
};
const INSTANCES = {
  ...{ track: 'storefront/production/web', splitConfirmed: true },
  revisions: [
    {
      ...{ revision: 'web-1', version: 'v7', role: 'stable', ordered: 2, shareBasisPoints: 10_000 },
      ...{ where: { on: 'cluster', cluster: 'east', namespace: 'shop' }, unreachable: null },
      resources: { cpuMillis: 500, memoryBytes: 2 ** 28 },
      instances: [INSTANCE, { ...INSTANCE, name: 'web-6f4d7c9b8-lp9zz', state: 'backoff', reason: 'ended' }],
    },
  ],
};
const ANSWERS: Readonly<Record<string, unknown>> = { deliveries: DELIVERY, instances: INSTANCES };

const SETTINGS = [
  ...['trusts', 'secrets', 'projects', 'organisations', 'freezes', 'windows', 'approvals', 'policies'],
  ...['channels', 'subscriptions', 'deliveries'],
].map((part) => `/settings/${part}`);

/**
 * Everything on a page that WCAG 1.4.10 does not want: what reaches beyond the screen, what scrolls sideways and is no table, log or
 * code, and words of which a part cannot be seen.
 */
const UNFIT = `(() => {
  const OWN = '.table-scroll, .board, .text-block, .code-text, .logs .virtual, pre, textarea';
  const found = [];
  const say = (what, one) => found.push(what + ' ' + one.tagName.toLowerCase() + '.' + [...one.classList].join('.') + ' ' + one.textContent.trim().slice(0, 50));
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push('the page is ' + root.scrollWidth + ' pixels wide');
  for (const one of document.querySelectorAll('#root *')) {
    if (one.closest(OWN) || one.closest('svg, .visually-hidden, .skip') || one.matches('input, select, option')) continue;
    const box = one.getBoundingClientRect();
    if (box.width === 0) continue;
    if (box.right > innerWidth + 1 || box.left < -1) say('reaches beyond the screen:', one);
    const { overflowX, overflowY } = getComputedStyle(one);
    const isWider = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
    if (isWider && /auto|scroll/.test(overflowX)) say('scrolls sideways:', one);
    if (isWider && /hidden|clip/.test(overflowX)) say('is cut off:', one);
    if (one.scrollHeight > one.clientHeight + 1 && one.clientHeight > 0 && /hidden|clip/.test(overflowY)) say('is cut off below:', one);
  }
  return [...new Set(found)];
})()`;

/** A window of 1280 by 1024 pixels at so many per cent. */
async function zoomed(percent: number): Promise<Page> {
  const scale = percent / 100;
  const context = await browser.newContext({
    viewport: { width: 1280 / scale, height: 1024 / scale },
    deviceScaleFactor: scale,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await answerAccess(page);
  await page.route(/\/api\/v1\/(deliveries|instances)(\?|$)/, (route) => {
    const item = ANSWERS[new URL(route.request().url()).pathname.split('/').at(-1) ?? ''];
    return route.fulfill({ json: { items: [item], next: null } });
  });
  return page;
}

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('every page', () => {
  it.each([200, 400])(
    'made larger to %i per cent is read by scrolling down alone, and nothing on it is cut off',
    async (percent) => {
      const page = await zoomed(percent);
      const unfit: Record<string, unknown> = {};
      for (const path of [...PAGES, '/targets', ...SETTINGS]) {
        await visit(page, plane.address + path);
        const found = (await page.evaluate(UNFIT)) as readonly string[];
        if (found.length > 0) unfit[path] = found;
      }
      expect(unfit).toEqual({});
      await page.context().close();
    },
  );

  it('made larger to 400 per cent has all that one can do: the other settings and the light', async () => {
    const page = await zoomed(400);
    await visit(page, `${plane.address}/settings/freezes`);
    expect(await page.getByRole('link', { name: 'Windows' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Freezes All settings' }).press('Enter');
    await page.getByRole('link', { name: 'Windows' }).press('Enter');
    await page.getByRole('region', { name: 'Windows', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Windows All settings', expanded: false }).waitFor();
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.context().close();
  });
});
