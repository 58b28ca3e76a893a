import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, seriousFaults } from './browser.ts';
import { type DashboardMachine, dashboardMachine } from './dashboard-machine.ts';

const chromium = browserOfMachine();
let machine: DashboardMachine;
let browser: Browser;
let receiver: Receiver;

/** A receiver of webhooks that can be broken and mended. */
interface Receiver {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  /** What it answers with: 413 is given up at once, 410 switches the channel off. */
  status: number;
  /** Ids of the events that were taken, in order. */
  readonly taken: string[];
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (opened.status === 200) opened.taken.push(String(request.headers['webhook-id']));
      response.writeHead(opened.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const opened: Receiver = { server, port, url: `http://127.0.0.1:${port}/in`, status: 413, taken: [] };
  return opened;
}

beforeAll(async () => {
  if (chromium === undefined) return;
  receiver = await startReceiver();
  process.env['SLUICE_ALLOW_OUTGOING'] = `127.0.0.1:${receiver.port}`;
  [machine, browser] = await Promise.all([dashboardMachine(), openBrowser(chromium)]);
  const api = machine.api();
  const value = `whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`;
  const settings = { kind: 'webhook' as const, url: receiver.url, secrets: [{ secret: 'channel-hook' }] };
  const replies = [
    await api.setSecret('channel-hook', { value }),
    await api.putChannel('ops', { settings }),
    await api.putSubscription('freezes', { channel: 'ops', kinds: ['audit.freeze-*'] }),
  ];
  expect(replies.filter(({ ok }) => !ok)).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await machine?.down();
  receiver?.server.closeAllConnections();
  await new Promise<void>((resolve) => (receiver ? receiver.server.close(() => resolve()) : resolve()));
  delete process.env['SLUICE_ALLOW_OUTGOING'];
});

const at = (path: string): string => `${machine.address()}${path}#token=${machine.adminToken()}`;
const rowsOf = (page: Page, name: RegExp) => page.getByRole('row', { name });

/** Something that the channel hears of. */
const happen = async (name: string): Promise<void> => {
  const reply = await machine.api().freeze({ name, reason: 'to be told', scope: { environment: 'nowhere' } });
  expect(reply.ok).toBe(true);
};
const untilDead = async (count: number): Promise<void> => {
  const dead = async () => {
    const page = await machine.api().deliveries({ state: 'dead', limit: 50 });
    return page.ok ? page.value.items.length : -1;
  };
  await expect.poll(dead, { timeout: 30_000 }).toBe(count);
};

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('what a channel could not be told', () => {
  it('stands there with the reason, and is told once more with the same id when its receiver works', async () => {
    await happen('first');
    await untilDead(1);
    const { page, complaints } = await openPage(browser);
    await page.goto(at('/settings/channels'));
    await rowsOf(page, /^ops Webhook Fails .* answered 413/).waitFor();
    await page.getByRole('link', { name: '1 given up' }).click();
    const lost = rowsOf(page, /^Given up first: freeze declared .* ops .* answered 413/);
    await lost.waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    receiver.status = 200;
    await lost.getByRole('button', { name: /^Tell again/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('ops is told “first: freeze declared” as soon as it answers').waitFor();
    await dialog.getByRole('button', { name: 'Tell it' }).click();
    await page.getByRole('heading', { name: 'Nothing was given up' }).waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await rowsOf(page, /^Told first: freeze declared/).waitFor();
    const told = await machine.api().deliveries({ state: 'delivered', limit: 50 });
    expect(receiver.taken).toEqual(told.ok ? told.value.items.map(({ event }) => event) : []);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is told all at once, from the list of everything that was given up', async () => {
    receiver.status = 413;
    receiver.taken.length = 0;
    await happen('second');
    await happen('third');
    await untilDead(2);
    const { page } = await openPage(browser);
    await page.goto(at('/settings/deliveries'));
    await page.getByRole('button', { name: 'Given up', exact: true }).click();
    await rowsOf(page, /^Given up third/).waitFor();
    receiver.status = 200;
    await page.getByRole('button', { name: 'Tell ops all of it again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Tell it all' }).click();
    await page.getByRole('heading', { name: 'Nothing was given up' }).waitFor();
    // There is nothing left to tell.
    expect(await page.getByRole('button', { name: /all of it again/ }).count()).toBe(0);
    await expect.poll(() => receiver.taken.length, { timeout: 30_000 }).toBe(2);
    await page.context().close();
  });

  it('waits for a channel that is switched off, and goes out when it is changed', async () => {
    receiver.status = 410;
    receiver.taken.length = 0;
    await happen('fourth');
    await untilDead(1);
    const { page } = await openPage(browser);
    await page.goto(at('/settings/channels'));
    await rowsOf(page, /^ops Webhook Switched off .* Changing it switches it on again/).waitFor();
    receiver.status = 200;
    await page.getByRole('link', { name: '1 given up' }).click();
    await page.getByRole('button', { name: /^Tell again/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('ops is switched off: it is told when somebody changes it.').waitFor();
    await dialog.getByRole('button', { name: 'Tell it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(receiver.taken).toEqual([]);
    await page.getByRole('link', { name: 'Channels' }).click();
    await page.getByRole('button', { name: 'Change ops' }).click();
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await expect.poll(() => receiver.taken.length, { timeout: 30_000 }).toBe(1);
    await rowsOf(page, /^ops Webhook Works/).waitFor();
    await page.context().close();
  });
});
