import { readFile } from 'node:fs/promises';
import type { AuditEntryView } from '@sluice/protocol/http/audit.ts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, picture, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
let machine: DashboardMachine;
let browser: Browser;
let rollout = '';

beforeAll(async () => {
  if (chromium === undefined) return;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
  rollout = await machine.release('v1');
  await machine.until(({ stable, active }) => stable?.version === 'v1' && active === null);
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the audit page', () => {
  it('lists what was done, narrows it by the address, and shows an entry with its proof', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/audit'));
    const rows = page.locator('.audit-row');
    await rows.first().waitFor();
    await picture(page, 'audit');
    const all = await rows.count();
    expect(all).toBeGreaterThan(5);
    await page.getByLabel('Did what').fill('nobodyDoesThis');
    await page.keyboard.press('Enter');
    await page.getByText('No entry fits').waitFor();
    await page.getByRole('button', { name: 'Show all entries' }).click();
    await page.getByLabel('Did what').fill('rolloutSucceeded');
    await page.keyboard.press('Enter');
    await page.getByText('1 entry', { exact: true }).waitFor();
    expect(page.url()).toContain('action=rolloutSucceeded');
    await page.goto(at(`/audit?subject=${rollout}&actor=engine`));
    await rows.first().waitFor();
    expect(await page.getByLabel('To what').inputValue()).toBe(rollout);
    for (const text of await rows.allTextContents()) expect(text).toMatch(new RegExp(`engine.*${rollout}`));
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Entry \d+$/ }).waitFor();
    await page
      .getByRole('row', { name: /^To what/ })
      .getByText(rollout)
      .waitFor();
    await page.getByRole('button', { name: 'Show the proof' }).click();
    await page.getByRole('row', { name: /^Root [0-9a-f]{64}$/ }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('hands over what fits as a file, and a report of all changes', async () => {
    const { page } = await openPage(browser);
    await page.goto(at(`/audit?subject=${rollout}`));
    const [exported] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as JSON lines' }).click(),
    ]);
    const text = await readFile(await exported.path(), 'utf8');
    expect(text).toContain(`"subject":"${rollout}"`);
    await page.getByRole('tab', { name: 'Reports' }).click();
    await page.getByRole('rowheader', { name: /local/ }).waitFor();
    const [report] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Report of all changes as CSV' }).click(),
    ]);
    expect(await readFile(await report.path(), 'utf8')).toContain('storefront');
    await page.context().close();
  });

  it('says whether the ledger is intact, and who vouches for it', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/audit?part=proof'));
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('Intact', { exact: true }).waitFor();
    await page.getByText(/entries were read/).waitFor();
    await page.getByRole('row', { name: /^Root [0-9a-f]{64}$/ }).waitFor();
    await page.route('**/audit/verification', async (route) => {
      const real = await route.fetch();
      const known = (await real.json()) as object;
      const firstFault = { sequence: 3, problem: 'its hash is another' };
      await route.fulfill({ response: real, json: { ...known, intact: false, firstFault } });
    });
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('The first that is wrong is entry 3: its hash is another').waitFor();
    await page.context().close();
  });

  it('shows nothing to who may not see it', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/audit', await machine.token('onlooker', 'viewer')));
    await page.getByRole('heading', { name: 'You may not see this' }).waitFor();
    await page.context().close();
  });

  it('stays light with thousands of entries', async () => {
    const { page } = await openPage(browser);
    const known = await machine.api().auditEntries({ limit: 1 });
    const sample = known.ok ? known.value.items[0] : undefined;
    if (!sample) throw new Error('nothing was done');
    await page.route(/audit\/entries\?/, (route) =>
      route.fulfill({ json: many(route.request().url(), sample) }),
    );
    await page.goto(at('/audit'));
    await page.getByText(/2,000 entries, the newest\. Narrow them/).waitFor();
    await page.getByRole('list', { name: 'Entries, newest first' }).focus();
    await page.keyboard.press('End');
    await page.getByText('subject-1999', { exact: true }).waitFor();
    expect(await page.locator('.audit-row').count()).toBeLessThan(60);
    await page.context().close();
  });

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('has nothing that axe calls serious, and fits: %s, %i pixels', async (theme, width) => {
    const { page } = await openPage(browser, { theme, width });
    for (const path of ['/audit', '/audit?part=proof', '/audit?part=reports', '/audit/1']) {
      await page.goto(at(path));
      await page.locator('#stage .panel').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect({ path, faults: await seriousFaults(page) }).toEqual({ path, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });
});

/** A page of a long ledger; its cursor is a number. */
function many(url: string, sample: AuditEntryView) {
  const from = Number(new URL(url).searchParams.get('cursor') ?? 0);
  const items = Array.from({ length: 200 }, (_, offset) => ({
    ...sample,
    sequence: 5000 - from - offset,
    subject: `subject-${from + offset}`,
  }));
  return { items, next: String(from + 200) };
}
