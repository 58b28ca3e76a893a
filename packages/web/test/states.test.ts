import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, seriousFaults } from './browser.ts';
import { type StillPlane, stillPlane } from './still-plane.ts';

const chromium = browserOfMachine();
let plane: StillPlane;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [plane, browser] = await Promise.all([stillPlane([]), openBrowser(chromium)]);
});
afterAll(async () => {
  await browser?.close();
  await plane?.close();
});

const SETTINGS = [
  ...['members', 'roles', 'tokens', 'trusts', 'secrets', 'projects', 'organisations', 'freezes', 'windows'],
  ...['approvals', 'policies', 'channels', 'subscriptions', 'deliveries'],
];

/** Every page that shows something of the control plane. */
const ASKING = [
  ...[
    '/',
    '/rollouts',
    '/rollouts/ro-9',
    '/applications/shop',
    '/applications/shop/production/web',
    '/targets',
  ],
  ...['/targets/shop/production/web/r-1/0', '/agents', '/agents/shop/production/triage', '/tasks/t-1'],
  ...['/audit', '/audit?part=proof', '/audit?part=reports', '/audit/7'],
  ...SETTINGS.map((part) => `/settings/${part}`),
];

const VIEWER = { subject: 'person:ada', name: 'Ada', tenant: 'default', groups: [], grants: [] };
const problemOf = (status: number, title: string) => ({
  status,
  contentType: 'application/problem+json',
  json: {
    ...{ type: `urn:sluice:problem:x`, status, code: 'x', title },
    detail: 'This is why.',
    remedy: 'Do that.',
  },
});

/** Goes through all pages while the API answers everything in one way; gives those that do not say so, or say it badly. */
async function pagesWithout(
  words: RegExp,
  answer: (route: Route) => Promise<void>,
): Promise<readonly unknown[]> {
  const { page } = await openPage(browser);
  await page.route('**/api/v1/**', answer);
  await page.route('**/api/v1/whoami', (route) => route.fulfill({ json: VIEWER }));
  const found: unknown[] = [];
  for (const path of ASKING) {
    await page.goto(plane.address + path, { waitUntil: 'domcontentloaded' });
    const isSaid = await saying(page, words);
    const faults = isSaid ? await seriousFaults(page) : await page.locator('#stage').innerText();
    if (!isSaid || faults.length > 0) found.push({ path, isSaid, faults });
  }
  await page.context().close();
  return found;
}

const saying = (page: Page, words: RegExp): Promise<boolean> =>
  page
    .locator('#stage')
    .getByText(words)
    .first()
    .waitFor({ timeout: 4_000, state: 'attached' })
    .then(
      () => true,
      () => false,
    );

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('every page says', () => {
  it('that its viewer may not see what it shows', async () => {
    const refused = problemOf(403, 'Not allowed');
    expect(await pagesWithout(/You may not see|You may not/, (route) => route.fulfill(refused))).toEqual([]);
  });

  it('what failed, and what to do', async () => {
    const failing = problemOf(503, 'The store does not answer');
    expect(await pagesWithout(/The store does not answer/, (route) => route.fulfill(failing))).toEqual([]);
  });

  it('that what it shows is on its way', async () => {
    const never = () => new Promise<void>(() => undefined);
    expect(await pagesWithout(/^Loading /, never)).toEqual([]);
  });
});
