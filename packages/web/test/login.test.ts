import type { Browser } from 'playwright-core';
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

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the login', () => {
  it.each(['light', 'dark'] as const)(
    'lets in with a token, which scripts cannot read afterwards: %s',
    async (theme) => {
      const { page } = await openPage(browser, { theme });
      await page.goto(`${machine.address()}/rollouts?q=web`);
      await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
      expect(await page.getByRole('link', { name: /Sign in with/ }).count()).toBe(0);
      expect(await seriousFaults(page)).toEqual([]);
      if (theme === 'light') await picture(page, 'login');
      await page.getByLabel('With a token').fill(machine.adminToken());
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Rollouts', exact: true }).waitFor();
      expect(page.url()).toBe(`${machine.address()}/rollouts?q=web`);
      expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(machine.adminToken());
      expect(await page.evaluate('document.cookie')).not.toContain('session');
      await page.reload();
      await page.getByRole('heading', { name: 'Rollouts', exact: true }).waitFor();
      await page.context().close();
    },
  );

  it('says why a token lets nobody in, and lets a better one in', async () => {
    const { page } = await openPage(browser, { width: 390 });
    await page.goto(`${machine.address()}/login?to=//evil.example/`);
    await page.getByLabel('With a token').fill('slu_0000000000000000_nobody');
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page
      .getByRole('alert')
      .getByText(/lets nobody in/)
      .waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.getByLabel('With a token').fill(machine.adminToken());
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(page.url()).toBe(`${machine.address()}/`);
    await page.context().close();
  });

  it('offers the identity provider that the control plane knows, and remembers where somebody wanted to be', async () => {
    const { page } = await openPage(browser);
    await page.route('**/auth/methods', (route) =>
      route.fulfill({ json: { provider: 'Example ID', login: '/auth/login' } }),
    );
    await page.goto(`${machine.address()}/rollouts?q=web`);
    const link = page.getByRole('link', { name: 'Sign in with Example ID' });
    expect(await link.getAttribute('href')).toBe('/auth/login?to=%2Frollouts%3Fq%3Dweb');
    await page.context().close();
  });

  it('tells somebody without a role how to get one, and lets them leave', async () => {
    const { page } = await openPage(browser);
    let roles: readonly unknown[] = [];
    await page.route('**/api/v1/whoami', async (route) => {
      const real = await route.fetch();
      const known = (await real.json()) as Record<string, unknown>;
      await route.fulfill({ response: real, json: { ...known, subject: 'person:ada', roles } });
    });
    await page.goto(`${machine.address()}/login`);
    await page.getByLabel('With a token').fill(machine.adminToken());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You have no role yet' }).waitFor();
    await page.getByText('sluice members bind person:ada viewer').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    roles = [{ role: 'viewer', project: '*', environment: '*', permissions: ['delivery:read'] }];
    await page.getByLabel('With a token').fill(machine.adminToken());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.context().close();
  });
});
