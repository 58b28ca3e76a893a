import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, picture, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
let machine: DashboardMachine;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;
const statusOf = async (token: string): Promise<number> =>
  (await fetch(`${machine.address()}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } }))
    .status;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the settings', () => {
  it('make a token that is shown once and lets in, and revoke it', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/settings?part=tokens'));
    await button(page, 'Make a token').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('no such name!');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/name.*must match/)
      .waitFor();
    await dialog.getByLabel('Name').fill('ci');
    await dialog.getByLabel('In which environment').fill('staging');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    const token = (await page.locator('.settings-token').textContent()) ?? '';
    expect(await statusOf(token)).toBe(200);
    await page.getByRole('row', { name: /^ci.*viewer in staging/ }).waitFor();
    await picture(page, 'settings-token');
    await page.reload();
    await page.getByRole('row', { name: /^ci/ }).waitFor();
    expect(await page.content()).not.toContain(token);
    await button(page, 'Revoke ci').click();
    await dialog.getByText(/cannot be brought back/).waitFor();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /^ci/ }).waitFor({ state: 'detached' });
    expect(await statusOf(token)).toBe(401);
    expect(complaints.filter((words) => !words.includes('status of 4'))).toEqual([]);
    await page.context().close();
  });

  it('give a role and take it away', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/settings'));
    await page.getByRole('tab', { name: 'You', selected: true }).focus();
    await page.keyboard.press('ArrowRight');
    await button(page, 'Give a role').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To whom').fill('person:ada@example.com');
    await dialog.getByLabel('Role').selectOption('operator');
    await dialog.getByRole('button', { name: 'Give it' }).click();
    const row = page
      .getByRole('region', { name: 'Given roles, as a table' })
      .getByRole('row', { name: /person:ada@example\.com operator/ });
    await row.waitFor();
    expect(page.url()).toContain('part=members');
    await row.getByRole('button', { name: /^Take away/ }).click();
    await dialog.getByRole('button', { name: 'Take it away' }).click();
    await row.waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('say what each role may do, and make one of their own', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/settings?part=roles'));
    await page.getByRole('row', { name: /^admin built in Everything/ }).waitFor();
    await page
      .getByRole('row', { name: /^approver/ })
      .getByText(/permissions$/)
      .click();
    await page.getByText('approve or reject the releases of others').waitFor();
    await button(page, 'Make a role').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('on-call');
    await dialog.getByLabel(/^delivery:steer/).check();
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page
      .getByRole('row', { name: /^on-call/ })
      .getByText('1 permission')
      .waitFor();
    await button(page, 'Remove the role on-call').click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('row', { name: /^on-call/ }).waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('show nothing to who may not see it, and say why', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/settings?part=members', await machine.token('onlooker', 'viewer')));
    await page.getByRole('heading', { name: 'You may not see this' }).first().waitFor();
    await page.getByText(/You may not give roles/).waitFor();
    expect(await button(page, 'Give a role').count()).toBe(0);
    await page.context().close();
  });

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('have nothing that axe calls serious, and fit: %s, %i pixels', async (theme, width) => {
    const { page } = await openPage(browser, { theme, width });
    for (const part of ['', 'members', 'roles', 'tokens']) {
      await page.goto(at(`/settings?part=${part}`));
      await page.locator('.settings-part .panel').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect({ part, faults: await seriousFaults(page) }).toEqual({ part, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });
});
