import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, watchJumps, openBrowser, openPage, picture, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
const JUDGED = 'keep-old: 60s, min-requests: 20, judge: { warm-up: 1s }';
const CAREFUL = `{ canary: { phases: [{ share: 25%, hold: 3s }, { share: 75%, hold: 3s }], ${JUDGED} } }`;
const APPROVED = '{ approvers: { any: 1 of approver } }';
const LONG = `{ canary: { phases: [{ share: 25%, hold: 10m }], ${JUDGED} } }`;

let machine: DashboardMachine;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
  await machine.release('v1');
  await machine.until(({ stable, active }) => stable?.version === 'v1' && active === null);
  machine.load(60);
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;
const phase = (page: Page, word: string) => page.locator('.page-head .mark', { hasText: word });

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the dashboard', () => {
  it('shows a good release from its start to its end, and nothing jumps meanwhile', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/'));
    await page.getByText('Nothing moves').waitFor();
    await machine.release('v2', { strategy: CAREFUL });
    await page.locator('.card', { hasText: 'v2' }).getByText('25 %').waitFor();
    await picture(page, 'overview');
    await page.locator('.card', { hasText: 'v2' }).click();
    await phase(page, 'Running').waitFor();
    await page.locator('.steps [aria-current=step]').waitFor();
    // Once everything that the page begins with is there: what comes then comes into its place.
    await page.getByText('Requests per second').waitFor();
    await page.locator('.panel', { hasText: 'Evidence' }).getByRole('row', { name: 'Candidate' }).waitFor();
    const jumps = await watchJumps(page);
    await picture(page, 'rollout-running');
    await phase(page, 'Succeeded').waitFor({ timeout: 120_000 });
    await page.getByText('v2 is stable after').waitFor();
    expect(await page.locator('.steps li[data-progress=done]').count()).toBeGreaterThan(4);
    const seen = await jumps();
    expect(
      seen.reduce((sum, { value }) => sum + value, 0),
      JSON.stringify(seen),
    ).toBeLessThan(0.15);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows how a bad release is judged and taken back', async () => {
    const { page, complaints } = await openPage(browser, { theme: 'dark' });
    const id = await machine.release('v3', { strategy: CAREFUL, failureRate: 0.3 });
    await page.goto(at(`/rollouts/${id}`));
    await phase(page, 'Rolled back').waitFor({ timeout: 120_000 });
    await page.getByText('v3 was taken back').waitFor();
    await page
      .getByText(/Worse than stable|errors/)
      .first()
      .waitFor();
    await page.getByText('Odds that the candidate is worse').waitFor();
    expect(await page.locator('path[data-role=evidence]').getAttribute('d')).toMatch(/^M.*L/);
    expect(await page.locator('.steps li[data-progress=stopped]').count()).toBe(1);
    await picture(page, 'rollout-taken-back');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is steered by keyboard alone: a wait is ended and the next step comes', async () => {
    const { page } = await openPage(browser);
    await machine.release('v4', { strategy: LONG });
    await machine.until(
      ({ active }) => active?.candidateShareBasisPoints === 2500 && active.phase === 'running',
    );
    await page.goto(at('/'));
    await page.locator('.card').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const promote = page.getByRole('button', { name: 'Promote', exact: true });
    await promote.waitFor();
    for (let press = 0; press < 40 && !(await isFocused(page, 'Promote')); press += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This ends the present step before its time').waitFor();
    for (let press = 0; press < 6 && !(await isFocused(page, 'Promote')); press += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await machine.until(({ stable }) => stable?.version === 'v4');
    await phase(page, 'Succeeded').waitFor();
    await page.context().close();
  });

  it('lets a person pause, see why it waits, leave a dialog with Escape, and abort', async () => {
    const { page } = await openPage(browser);
    const id = await machine.release('v5', { strategy: LONG });
    await page.goto(at(`/rollouts/${id}`));
    await phase(page, 'Running').waitFor();
    await page.getByRole('button', { name: 'Abort' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await phase(page, 'Held').waitFor();
    await page.getByRole('button', { name: 'Abort' }).click();
    await page.getByRole('dialog').getByText('The stable revision gets all requests back at once.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click();
    await phase(page, 'Rolled back').waitFor();
    await page.context().close();
  });

  it('brings an earlier revision back from the page of its component', async () => {
    const { page } = await openPage(browser);
    await page.goto(at(`/applications/${machine.track}?tab=difference`));
    await page.getByRole('tab', { name: 'Difference', selected: true }).waitFor();
    await page.getByRole('rowheader', { name: 'version' }).waitFor();
    await picture(page, 'component');
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog').getByLabel('To which revision').selectOption({ index: 0 });
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Roll back to/ })
      .click();
    const { last } = await machine.until(
      ({ active, last: ended }) => active === null && ended?.lane === 'undo',
    );
    await page.locator('.page-head').getByText(`Stable: ${last?.version}`).waitFor();
    await page.context().close();
  });

  it('says that the connection is lost, and goes on by itself when it is back', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/'));
    await page.getByText('Live', { exact: true }).waitFor();
    // What never came could not stay.
    await page.locator('.board-cell', { hasText: 'Healthy' }).waitFor();
    machine.killServer();
    await page.getByRole('alert').getByText('The connection to the control plane is lost').waitFor();
    expect(await page.locator('.board-cell', { hasText: 'Healthy' }).count()).toBe(1);
    await machine.up();
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
    await machine.release('v6');
    await page.locator('.card', { hasText: 'v6' }).waitFor();
    await machine.until(({ stable, active }) => stable?.version === 'v6' && active === null);
    await page.getByText('Nothing moves').waitFor();
    await page.context().close();
  });

  it('shows no buttons to who may only look, and says why', async () => {
    const { page } = await openPage(browser);
    const id = await machine.release('v7', { strategy: LONG });
    await page.goto(at(`/rollouts/${id}`, await machine.token('onlooker', 'viewer')));
    await phase(page, 'Running').waitFor();
    await page.getByText(/You may not steer this rollout/).waitFor();
    expect(await page.getByRole('button', { name: 'Abort' }).count()).toBe(0);
    await machine.api().command(machine.track, { command: 'abort', by: 'test' });
    await machine.until(({ active }) => active === null);
    await page.context().close();
  });

  it('has a release approved by a second person, who sees the plan that they approve', async () => {
    const { page } = await openPage(browser);
    const [author, approver] = await Promise.all([
      machine.token('author', 'developer'),
      machine.token('second', 'approver'),
    ]);
    const id = await machine.release('v8', { strategy: CAREFUL, environment: APPROVED }, author);
    await page.goto(at(`/rollouts/${id}`, author));
    await page.getByText(/You may not approve this/).waitFor();
    expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await page.context().close();
    const { page: other } = await openPage(browser);
    await other.goto(at('/', approver));
    await other.locator('.card[data-waiting]', { hasText: 'v8' }).click();
    await other.getByRole('button', { name: 'Approve' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByText(/You approve exactly this plan/).waitFor();
    await picture(other, 'approval');
    expect(await dialog.locator('li').count()).toBeGreaterThan(4);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await other
      .getByText(/Approved/)
      .first()
      .waitFor();
    await phase(other, 'Succeeded').waitFor({ timeout: 120_000 });
    await other.context().close();
  });

  it('has a release rejected, for a reason that stands there afterwards', async () => {
    const { page } = await openPage(browser);
    const approver = await machine.token('third', 'approver');
    const id = await machine.release('v9', { strategy: CAREFUL, environment: APPROVED });
    await page.goto(at(`/rollouts/${id}`, approver));
    await page.getByRole('button', { name: 'Reject' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByLabel(/everybody is told/).fill('Not on a Friday <b>evening</b>');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await phase(page, 'Rolled back').waitFor();
    await page.getByText('Not on a Friday <b>evening</b>').first().waitFor();
    await page.context().close();
  });

  it('asks who somebody is that it does not know, and goes on where they wanted to be', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/rollouts', 'slu_0000000000000000_nobody'));
    await page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('With a token').fill(machine.adminToken());
    await page.getByRole('button', { name: 'Use this token' }).click();
    await page.getByRole('heading', { name: 'Rollouts' }).waitFor();
    expect(page.url()).not.toContain('token');
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('has nothing on any page that axe calls serious: %s', async (theme) => {
    const { page, complaints } = await openPage(browser, { theme });
    const rollouts = await machine.api().rollouts({ track: machine.track, limit: 20 });
    const bad = rollouts.ok
      ? (rollouts.value.items.find(({ version }) => version === 'v3') ?? rollouts.value.items[0])
      : undefined;
    const paths = [
      '/',
      '/rollouts',
      `/rollouts/${bad?.id}`,
      `/rollouts/${bad?.id}?tab=plan`,
      `/rollouts/${bad?.id}?tab=logs`,
      `/rollouts/${bad?.id}?tab=changes`,
      '/applications/storefront',
      `/applications/${machine.track}`,
      `/applications/${machine.track}?tab=difference`,
      '/there/is/nothing',
    ];
    for (const path of paths) {
      await page.goto(at(path));
      await page.locator('#stage h1, #stage h2').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect({ path, faults: await seriousFaults(page) }).toEqual({ path, faults: [] });
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('stays light with 1,000 applications and 10,000 events', async () => {
    const { page, complaints } = await openPage(browser);
    const known = await machine.api().tracks({ limit: 1 });
    const sample = known.ok ? known.value.items[0] : undefined;
    const rollout = sample?.last;
    if (!sample || !rollout) throw new Error('nothing was released');
    await page.route(/api\/v1\/tracks\?/, (route) =>
      route.fulfill({ json: manyTracks(route.request().url(), sample) }),
    );
    await page.route(/\/events\?.*limit/, (route) =>
      route.fulfill({ json: manyEvents(route.request().url(), rollout) }),
    );
    await page.goto(at('/'));
    await page.getByRole('button', { name: 'All 3000' }).waitFor();
    expect(await page.locator('.board-row').count()).toBeLessThan(60);
    await page.getByRole('list', { name: 'Applications by environments' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('link', { name: /^app-999\/production/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('app-512');
    await page.getByRole('link', { name: /^app-512\/production/ }).waitFor();
    expect(page.url()).toContain('q=app-512');
    await page.goto(at(`/rollouts/${rollout.id}`));
    await page.getByText('event 9999', { exact: true }).waitFor();
    await page.getByRole('list', { name: 'Events, newest first' }).focus();
    await page.keyboard.press('End');
    await page.getByText('event 0', { exact: true }).waitFor();
    expect(await page.locator('.event').count()).toBeLessThan(60);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('fits a telephone: nothing is wider than the screen', async () => {
    const { page } = await openPage(browser, { width: 390 });
    for (const path of ['/', '/rollouts', `/applications/${machine.track}`]) {
      await page.goto(at(path));
      await page.locator('#stage h1, #stage h2').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      if (path === '/') await picture(page, 'overview-narrow');
    }
    await page.context().close();
  });
});

const isFocused = async (page: Page, name: string): Promise<boolean> =>
  (await page.evaluate('document.activeElement?.textContent')) === name;

const ENVIRONMENTS = ['development', 'production', 'staging'] as const;
const numberIn = (url: string, name: string): number => Number(new URL(url).searchParams.get(name) ?? 0);

/** A page of the tracks of a thousand applications in three environments; its cursor is a number. */
function manyTracks(url: string, sample: TrackView) {
  const from = numberIn(url, 'cursor');
  const items = Array.from({ length: 200 }, (_, at): TrackView => {
    const application = `app-${Math.floor((from + at) / 3)}`;
    const environment = ENVIRONMENTS[(from + at) % 3] ?? '';
    return { ...sample, id: `${application}/${environment}/web`, application, environment, active: null };
  });
  return { items, next: from + 200 < 3000 ? String(from + 200) : null };
}

/** A page of ten thousand events of a rollout. */
function manyEvents(url: string, { id, track }: RolloutView) {
  const from = numberIn(url, 'cursor');
  const items = Array.from({ length: 200 }, (_, at) => ({
    sequence: from + at,
    at: 1_768_478_400_000 + (from + at) * 1000,
    track,
    rollout: id,
    kind: 'noted',
    words: `event ${from + at}`,
    body: {},
  }));
  return { items, next: from + 200 < 10_000 ? String(from + 200) : null };
}
