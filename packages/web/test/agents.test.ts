import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, picture, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
const AGENT = 'shop/local/clerk';
let machine: DashboardMachine;
let browser: Browser;
let task = '';
let other = '';

beforeAll(async () => {
  if (chromium === undefined) return;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
  const registered = await machine.api().registerAgent({ id: AGENT, name: 'Clerk' });
  if (!registered.ok) throw new Error(JSON.stringify(registered.failure));
  const sent = await machine.api().submitTasks(AGENT, [{ input: { order: 1 } }, { input: { order: 2 } }]);
  if (!sent.ok) throw new Error(JSON.stringify(sent.failure));
  task = sent.value.tasks[0]?.id ?? '';
  other = sent.value.tasks[1]?.id ?? '';
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
});

const at = (path: string, token = machine.adminToken()): string =>
  `${machine.address()}${path}#token=${token}`;

const WORKER = {
  ...{ worker: 'clerk-1', track: AGENT, revision: 'rev-1', capabilities: ['sums'], labels: [] },
  ...{ health: 'ejected', running: 1, wanted: 3 },
};

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the pages of agents', () => {
  it('say of an agent without a pool why it has none, and of a long list how much of it is there', async () => {
    const { page } = await openPage(browser);
    await page.goto(at('/agents'));
    await page.getByText(/An agent has one when its file says agents\.pool/).waitFor();
    const sent = await machine.api().tasks(AGENT, { limit: 1 });
    const [one] = sent.ok ? sent.value.items : [];
    let asked = 0;
    await page.route(/\/tasks\?/, (route) => {
      asked += 1;
      const items = Array.from({ length: 200 }, (_, at) => ({ ...one, id: `${asked}-${at}` }));
      return route.fulfill({ json: { items, next: `${asked}` } });
    });
    await page.getByRole('link', { name: AGENT }).first().click();
    await page.getByText(/^The newest 400\. Earlier ones are found by their state/).waitFor();
    await page.context().close();
  });

  it('lead from a queue to a task, which is cancelled', async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/agents'));
    const queue = page.getByRole('region', { name: 'Queues, as a table' });
    await queue.getByRole('link', { name: AGENT }).click();
    await page.locator('.task-row').nth(1).waitFor();
    await page.getByRole('button', { name: 'Dead', exact: true }).click();
    await page.getByText('No such tasks').waitFor();
    expect(page.url()).toContain('state=dead');
    await page.getByRole('button', { name: 'Waiting', exact: true }).click();
    await page.getByRole('link', { name: new RegExp(task) }).click();
    await page.getByRole('heading', { name: task }).waitFor();
    await page.getByText('"order": 1').waitFor();
    await page.getByText('Nothing was told of it yet').waitFor();
    await page.getByRole('button', { name: 'Cancel the task' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/not tried again/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel the task' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /Retry|Cancel the task/ }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('show how workers are, and ask before one is drained', async () => {
    const { page } = await openPage(browser);
    let drained = '';
    await page.route(/api\/v1\/agents(\?|\/)/, (route) => {
      if (route.request().method() === 'GET') return route.fulfill({ json: { items: [WORKER], next: null } });
      drained = route.request().url();
      return route.fulfill({ json: WORKER });
    });
    await page.goto(at('/agents'));
    await page.getByRole('row', { name: /clerk-1.*Ejected.*1 of 4.*sums/ }).waitFor();
    await picture(page, 'agents');
    await page.getByRole('button', { name: 'Drain clerk-1' }).click();
    await page.getByRole('dialog').getByText('Nothing is lost.').waitFor();
    expect(drained).toBe('');
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(drained).toContain('/agents/clerk-1/drain');
    await page.context().close();
  });

  it('show what is told of a task as it comes', async () => {
    const { page } = await openPage(browser);
    const told = [
      { sequence: 1, at: 1_768_478_400_000, attempt: 1, event: { kind: 'output', text: 'first words' } },
    ];
    const asked: string[] = [];
    // A stream that is cut after each event: it is followed on from there.
    await page.route(/\/tasks\/[^/]+\/stream/, (route) => {
      asked.push(new URL(route.request().url()).searchParams.get('after') ?? '');
      const frames = told.filter(({ sequence }) => sequence > Number(asked.at(-1)));
      const body = frames.map((one) => `event: event\ndata: ${JSON.stringify(one)}\n\n`).join('');
      return route.fulfill({ contentType: 'text/event-stream', body });
    });
    await page.goto(at(`/tasks/${other}`));
    await page.getByText('first words').waitFor();
    told.push({
      sequence: 2,
      at: 1_768_478_401_000,
      attempt: 1,
      event: { kind: 'output', text: 'and more' },
    });
    await page.getByText('and more').waitFor();
    expect([...new Set(asked)].slice(0, 2)).toEqual(['0', '1']);
    expect(await page.getByText('first words').count()).toBe(1);
    await page.context().close();
  });

  it('try a dead task again, and say so when that is refused', async () => {
    const { page } = await openPage(browser);
    await page.route(/\/api\/v1\/tasks\/[^/]+$/, async (route) => {
      const real = await route.fetch();
      const known = (await real.json()) as object;
      const failure = { failureClass: 'permanent', message: 'no such order' };
      await route.fulfill({ response: real, json: { ...known, state: 'dead', failure } });
    });
    await page.goto(at(`/tasks/${other}`));
    await page.getByText('no such order').waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await dialog.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.context().close();
  });

  it('offer no steering to who may only look', async () => {
    const { page } = await openPage(browser);
    await page.goto(at(`/tasks/${task}`, await machine.token('onlooker', 'viewer')));
    await page.getByText(/You may not steer this task/).waitFor();
    expect(await page.getByRole('button', { name: 'Cancel the task' }).count()).toBe(0);
    await page.context().close();
  });

  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('have nothing that axe calls serious, and fit: %s, %i pixels', async (theme, width) => {
    const { page } = await openPage(browser, { theme, width });
    for (const path of ['/agents', `/agents/${AGENT}`, `/tasks/${task}`]) {
      await page.goto(at(path));
      await page.locator('#stage .panel').first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect({ path, faults: await seriousFaults(page) }).toEqual({ path, faults: [] });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });
});
