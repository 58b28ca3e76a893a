import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
let machine: DashboardMachine;
let browser: Browser;
/** Lets in as an admin of another organisation. */
let acme = '';

beforeAll(async () => {
  if (chromium === undefined) return;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
  const made = await machine.api().addOrganisation({ tenant: 'acme', name: 'Acme' });
  acme = made.ok ? made.value.token : '';
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;
const stopTheLine = (page: Page) => page.getByRole('button', { name: 'Stop the line', exact: true });
const WHY = 'the network of the data centre is down';

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('a freeze of every organisation', () => {
  it('is declared where it says whom it stops, is shown in each as what it is, and is lifted', async () => {
    const { page, complaints } = await openPage(browser);
    const others = await openPage(browser);
    const dialog = page.getByRole('dialog');
    await page.goto(at('/settings/freezes'));
    await stopTheLine(page).click();
    await dialog.getByLabel('Why').fill(WHY);
    await dialog.getByLabel('Project').fill('payments');
    await dialog.getByLabel('Environment').fill('production');
    await dialog.getByLabel('For whom').selectOption('Every organisation');
    // Organisations name projects for themselves, so that none can be meant.
    expect(await dialog.getByLabel('Project').count()).toBe(0);
    await dialog.getByText('No release begins in environment production of every organisation.').waitFor();
    await dialog.getByText('It stops all 2 organisations (acme, default)').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Stop it everywhere' }).click();
    // Nothing is sent before somebody has said that all of them are meant.
    expect(await dialog.getByLabel('I mean all of them').evaluate((box) => box.matches(':invalid'))).toBe(
      true,
    );
    await dialog.getByLabel('I mean all of them').check();
    await dialog.getByRole('button', { name: 'Stop it everywhere' }).click();
    const row = page.getByRole('row', { name: /^In force/ });
    await row.getByText('environment production of every organisation').waitFor();
    await others.page.goto(at('/', acme));
    const note = others.page.getByRole('status').filter({ hasText: 'Every organisation is frozen' });
    await note.getByText(`Every organisation is frozen: ${WHY}`).waitFor();
    await note.getByText('No release begins in environment production of every organisation').waitFor();
    expect(await note.textContent()).not.toContain('admin');
    await row.getByRole('button', { name: /^Lift/ }).click();
    await dialog.getByText(/What waits for it in environment production of every organisation/).waitFor();
    await dialog.getByRole('button', { name: 'Lift it' }).click();
    await row.waitFor({ state: 'detached' });
    await others.page.reload();
    await others.page.getByRole('heading', { name: 'Nothing has been released yet' }).waitFor();
    await note.waitFor({ state: 'detached' });
    expect([...complaints, ...others.complaints]).toEqual([]);
    await Promise.all([page.context().close(), others.page.context().close()]);
  });

  it('can neither be declared nor lifted from another organisation, which freezes itself alone', async () => {
    const declared = await machine.api().freeze({ reason: WHY, name: 'network', system: true });
    expect(declared.ok).toBe(true);
    const { page } = await openPage(browser);
    await page.goto(at('/settings/freezes', acme));
    const row = page.getByRole('row', { name: /network · every organisation/ });
    await row.getByText('Lifted by whoever runs the control plane').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    await stopTheLine(page).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByLabel('For whom').count()).toBe(0);
    await dialog.getByLabel('Why').fill('ours alone');
    await dialog.getByRole('button', { name: 'Stop it' }).click();
    await page
      .getByRole('row', { name: /ours alone/ })
      .getByRole('button', { name: /^Lift/ })
      .waitFor();
    const seen = await machine.api().freezes({ limit: 10 });
    expect(seen.ok && seen.value.items.map(({ name }) => name)).toEqual(['network']);
    await machine.api().liftFreeze('network', { system: true });
    await page.context().close();
  });
});
