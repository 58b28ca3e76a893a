import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, picture, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
let machine: DashboardMachine;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  // Nobody listens at this port: channels that go there are allowed, and fail.
  process.env['SLUICE_ALLOW_OUTGOING'] = '127.0.0.1:9';
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
  delete process.env['SLUICE_ALLOW_OUTGOING'];
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;
const statusOf = async (token: string): Promise<number> =>
  (await fetch(`${machine.address()}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } }))
    .status;
/** What a field says is wrong with it, as readers of screens hear it. */
const faultAt = async (field: Locator): Promise<string> => {
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  const ids = (await field.getAttribute('aria-describedby')) ?? '';
  const said = ids.split(' ').map((id) => field.page().locator(`[id="${id}"]`).textContent());
  return (await Promise.all(said)).join(' ');
};
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

const SELECTED =
  '(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(document.activeElement)';

/** What a part says to who may only look. */
const REFUSED = [
  ['Projects', 'You may not make projects'],
  ['Organisations', 'You may not see this'],
  ['Freezes', 'You may not stop the line'],
  ['Windows', 'You may not set windows'],
  ['Approvals', 'You may not make rules of approval'],
  ['Policies', 'You may not change policies'],
  ['Channels', 'You may not add channels'],
  ['Secrets', 'You may not set secrets'],
  ['CI identities', 'You may not trust CI jobs'],
] as const;

const PARTS = [
  ...['you', 'members', 'roles', 'tokens', 'trusts', 'secrets', 'projects', 'organisations', 'freezes'],
  ...['windows', 'approvals', 'policies', 'channels', 'subscriptions', 'deliveries'],
];

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the settings', () => {
  it('make a token that is shown once and lets in, and revoke it', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/settings/tokens'));
    await button(page, 'Make a token').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('no such name!');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/name.*is no name of letters, digits/)
      .waitFor();
    expect(await faultAt(dialog.getByLabel('Name'))).toContain('is no name of letters, digits');
    await dialog.getByLabel('Name').fill('ci');
    await dialog.getByLabel('In which environment').fill('staging');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    const token = (await page.locator('.settings-token').textContent()) ?? '';
    expect(await statusOf(token)).toBe(200);
    await page.getByRole('row', { name: /^ci.*viewer in staging/ }).waitFor();
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
    await page
      .getByRole('navigation', { name: 'Settings' })
      .getByRole('link', { name: 'Members' })
      .press('Enter');
    await button(page, 'Give a role').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To whom').fill('person:ada@example.com');
    await dialog.getByLabel('Role').selectOption('operator');
    await dialog.getByRole('button', { name: 'Give it' }).click();
    const row = page
      .getByRole('region', { name: 'Given roles, as a table' })
      .getByRole('row', { name: /person:ada@example\.com operator/ });
    await row.waitFor();
    expect(page.url()).toMatch(/settings\/members$/);
    await row.getByRole('button', { name: /^Take away/ }).click();
    await dialog.getByRole('button', { name: 'Take it away' }).click();
    await row.waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('say what each role may do, and make one of their own', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/settings/roles'));
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

  it('stop the line with a reason that is only ever a text, and lift it', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/settings/freezes'));
    await page.getByRole('heading', { name: 'Nothing is frozen' }).waitFor();
    await button(page, 'Stop the line').click();
    const dialog = page.getByRole('dialog');
    const hostile = '<img src=x onerror="document.title=1"> the payments are down';
    await dialog.getByLabel('Why').fill(hostile);
    await dialog.getByLabel('Environment').fill('production');
    await dialog.getByText('No release begins in environment production.').waitFor();
    await dialog.getByLabel('Until').selectOption('in 4 hours');
    await dialog.getByRole('button', { name: 'Stop it' }).click();
    const row = page.getByRole('row', { name: /^In force/ });
    await row.getByText(hostile).waitFor();
    await row.getByText('environment production').waitFor();
    await row.getByText('token admin').waitFor();
    expect(await page.title()).toContain('Freezes');
    await picture(page, 'settings-freezes');
    await row.getByRole('button', { name: /^Lift/ }).click();
    await dialog.getByRole('button', { name: 'Lift it' }).click();
    await row.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('say at its field what is wrong with a window, and take it when it is mended', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/settings/windows'));
    await button(page, 'Add a window').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('office-hours');
    await dialog.getByLabel('Hours', { exact: true }).fill('whenever');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByRole('alert').getByText('Write for example').waitFor();
    expect(await faultAt(dialog.getByLabel('Hours', { exact: true }))).toContain(
      '"whenever" is not days and hours',
    );
    expect(await page.evaluate('document.activeElement.value')).toBe('whenever');
    await dialog.getByLabel('Hours', { exact: true }).fill('mon-fri 09:00-17:00');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await page.getByRole('row', { name: /^office-hours.*Open mon-fri 09:00-17:00/ }).waitFor();
    await button(page, 'Change office-hours').click();
    await dialog.getByLabel('In these hours releases').selectOption('do not go out');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await page.getByRole('row', { name: /^office-hours.*Closed/ }).waitFor();
    await page.context().close();
  });

  it('make and remove a rule of approval, a project and an identity of CI', async () => {
    const { page } = await openPage(browser);
    const dialog = page.getByRole('dialog');
    await page.goto(at('/settings/approvals'));
    await button(page, 'Add a rule').click();
    await dialog.getByLabel('Name').fill('two-of-sre');
    await dialog.getByLabel('Who approves').fill('2 of sre');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await page
      .getByRole('row', { name: /^two-of-sre the whole organisation 2 of sre does not count/ })
      .waitFor();
    await page.goto(at('/settings/projects'));
    await button(page, 'Make a project').click();
    await dialog.getByLabel('Name').fill('payments');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await button(page, 'Remove the project payments').click();
    await dialog.getByText('Nothing is in it.').waitFor();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('row', { name: /^payments/ }).waitFor({ state: 'detached' });
    await page.goto(at('/settings/trusts'));
    await button(page, 'Trust CI jobs').click();
    await dialog.getByLabel('Name').fill('shop');
    await dialog.getByLabel('What its tokens have to say').fill('repository: acme/shop');
    await dialog.getByRole('button', { name: 'Trust them' }).click();
    await page
      .getByRole('row', { name: /^shop https:\/\/token.actions.*repository: acme\/shop viewer/ })
      .waitFor();
    await page.context().close();
  });

  it('write a policy with its faults line by line, change its mode, ask it, and remove it', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/settings/policies'));
    await button(page, 'Write policies').click();
    const dialog = page.getByRole('dialog');
    const text = dialog.getByLabel('Policies, as YAML');
    const right = await text.inputValue();
    await text.fill(right.replace('plan.strategy', 'plans.strategy'));
    await dialog.getByText(/Unknown variable: plans/).waitFor();
    await dialog.getByRole('button', { name: 'Line 8' }).click();
    await picture(page, 'settings-policy');
    expect(await page.evaluate(SELECTED)).toContain('plans.strategy');
    await dialog.getByRole('button', { name: 'Put them into force' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/line 8/)
      .waitFor();
    await text.fill(right);
    await dialog.getByText('Right: production-is-canaried.').waitFor();
    expect(await dialog.getByRole('alert').count()).toBe(0);
    await dialog.getByRole('button', { name: 'Put them into force' }).click();
    await page
      .getByRole('row', { name: /^production-is-canaried.*warns/ })
      .getByRole('link')
      .click();
    await page
      .getByRole('region', { name: 'The text of production-is-canaried' })
      .getByText('plan.strategy')
      .waitFor();
    await button(page, 'Mode production-is-canaried').click();
    await dialog.getByLabel('When a release breaks it').selectOption('Refuse the release');
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await page.getByText('refuses', { exact: true }).waitFor();
    await page.getByLabel('Track').fill('shop/nowhere/web');
    await button(page, 'Ask').click();
    await page.getByText(/A revision of shop\/nowhere\/web is not known/).waitFor();
    await button(page, 'Remove production-is-canaried').click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'No policies are in force' }).waitFor();
    expect(complaints.filter((words) => !words.includes('status of 4'))).toEqual([]);
    await page.context().close();
  });

  it('keep a secret without ever showing it, and tell a channel something that does not arrive', async () => {
    const { page } = await openPage(browser);
    const dialog = page.getByRole('dialog');
    await page.goto(at('/settings/secrets'));
    await button(page, 'Set a secret').click();
    await dialog.getByLabel('Name').fill('channel-hook');
    const value = `whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`;
    await dialog.getByLabel('Value').fill(value);
    await dialog.getByRole('button', { name: 'Set it' }).click();
    await page.getByRole('row', { name: /^channel-hook 1/ }).waitFor();
    expect(await page.content()).not.toContain(value);
    await page.goto(at('/settings/channels'));
    await button(page, 'Add a channel').click();
    await dialog.getByLabel('Name').first().fill('ops');
    await dialog.getByLabel('Kind').selectOption('Webhook');
    await dialog.getByLabel('Address').fill('not an address');
    const secret = dialog.getByRole('group', { name: 'Signing secret' });
    await secret.getByLabel('Name').fill('channel-hook');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await faultAt(dialog.getByLabel('Address'))).not.toBe('');
    await dialog.getByLabel('Address').fill('http://127.0.0.1:9/in');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await button(page, 'Test ops').click();
    await page.getByText('Test failed').waitFor();
    await page.goto(at('/settings/subscriptions'));
    await button(page, 'Subscribe a channel').click();
    await dialog.getByLabel('Name').fill('everything');
    await dialog.getByLabel('Applications').fill('shop, pay-*');
    await dialog.getByRole('button', { name: 'Subscribe it' }).click();
    await page.getByRole('row', { name: /^everything to ops.*shop, pay-\*/ }).waitFor();
    await page.goto(at('/settings/secrets'));
    await page.getByRole('row', { name: /^channel-hook.*ops/ }).waitFor();
    await page.goto(at('/settings/deliveries?state=dead'));
    await page.getByRole('heading', { name: 'Nothing was given up' }).waitFor();
    await page.context().close();
  });

  it('show nothing to who may not see it, and say why', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/settings/members', await machine.token('onlooker', 'viewer')));
    await page.getByRole('heading', { name: 'You may not see this' }).first().waitFor();
    await page.getByText(/You may not give roles/).waitFor();
    expect(await button(page, 'Give a role').count()).toBe(0);
    for (const [part, why] of REFUSED) {
      await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: part }).click();
      await page.getByText(why).first().waitFor();
    }
    await page.context().close();
  });

  it.each([
    ['light', 1280, PARTS],
    // Colours are the same everywhere: the parts that have most of them.
    ['dark', 360, ['you', 'freezes', 'policies', 'channels']],
  ] as const)('have nothing that axe calls serious, and fit: %s, %i pixels', async (theme, width, tried) => {
    const { page } = await openPage(browser, { theme, width });
    await page.goto(at('/settings'));
    for (const part of PARTS) {
      await page.evaluate(
        `history.pushState(null, '', '/settings/${part}'); dispatchEvent(new Event('popstate'))`,
      );
      await page.locator('.settings-part .panel').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      const faults = (tried as readonly string[]).includes(part) ? await seriousFaults(page) : [];
      expect({ part, faults }).toEqual({ part, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });
});
