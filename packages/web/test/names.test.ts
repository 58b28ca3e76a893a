import { SAMPLE_TIME, sampleRollout } from '@sluice/protocol/http/testing/sample-views.ts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage } from './browser.ts';
import { answerAccess, furnish, type StillPlane, stillPlane, visit } from './still-plane.ts';

const chromium = browserOfMachine();
let plane: StillPlane;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [plane, browser] = await Promise.all([stillPlane(), openBrowser(chromium)]);
  furnish(plane);
  plane.audit.record({
    ...{ actor: 'person:ada', action: 'memberRemoved', subject: 'person:bob', reason: 'person:bob has left' },
  });
});
afterAll(async () => {
  await browser?.close();
  await plane?.close();
});

const FREEZE = {
  ...{
    name: 'flood',
    scope: {},
    words: '',
    reason: 'water',
    from: SAMPLE_TIME,
    until: null,
    holds: 'starts',
  },
  ...{ system: false, inForce: true, declaredBy: 'person:ada', declaredAt: SAMPLE_TIME },
};
const DELIVERY = {
  ...{ id: 'd-1', channel: 'ops', subscription: null, event: 'e-1', kind: 'audit.member-removed' },
  ...{
    severity: 'notice',
    title: 'person:bob: member removed',
    state: 'delivered',
    attempts: 1,
    dueAt: null,
  },
  ...{ failure: null, createdAt: SAMPLE_TIME, finishedAt: SAMPLE_TIME },
};
const ANSWERS: Readonly<Record<string, readonly unknown[]>> = {
  names: [
    { subject: 'person:ada', name: 'Ada Lovelace' },
    { subject: 'person:bob', name: 'Bob Noyce' },
  ],
  freezes: [FREEZE],
  deliveries: [DELIVERY],
};

/** Somebody who knows what members are called. */
async function knowing(): Promise<Page> {
  const { page } = await openPage(browser);
  await answerAccess(page);
  await page.route(/\/api\/v1\/(names|freezes|deliveries)(\?|$)/, (route) =>
    route.fulfill({
      json: { items: ANSWERS[new URL(route.request().url()).pathname.split('/').at(-1) ?? ''], next: null },
    }),
  );
  return page;
}

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('people go by their names', () => {
  it.each([
    ['/', 'Ada Lovelace'],
    ['/settings/freezes', 'Ada Lovelace'],
    ['/settings/tokens', 'Ada Lovelace'],
    ['/settings/members', 'Ada Lovelace'],
    ['/settings/deliveries', 'Bob Noyce'],
    ['/audit', 'Ada Lovelace'],
  ])('at %s, and whoever points at one sees the subject', async (path, name) => {
    const page = await knowing();
    await visit(page, plane.address + path);
    const subject = name.startsWith('Ada') ? 'person:ada' : 'person:bob';
    await page.locator(`#stage [title="${subject}"]`, { hasText: name }).first().waitFor();
    await page.context().close();
  });

  it('in an entry of the ledger with the subject beside the name, and in the filter of who', async () => {
    const page = await knowing();
    await visit(page, `${plane.address}/audit`);
    expect(await page.locator('datalist option[value="person:ada"]').getAttribute('label')).toBe(
      'Ada Lovelace',
    );
    await page.locator('.audit-row').filter({ hasText: 'memberRemoved' }).click();
    await page.getByRole('row', { name: 'Who Ada Lovelace person:ada' }).waitFor();
    await page.getByRole('row', { name: 'To what Bob Noyce person:bob' }).waitFor();
    await page.getByRole('row', { name: 'Why Bob Noyce has left' }).waitFor();
    await page.context().close();
  });

  it('and rollouts are found by the name that is shown', async () => {
    const page = await knowing();
    plane.plane.putRollout(sampleRollout({ id: 'ro-9', number: 9, requestedBy: 'person:bob' }));
    await visit(page, `${plane.address}/rollouts?q=noyce`);
    await page.locator('.rollout-row').waitFor();
    expect(await page.locator('.rollout-row').count()).toBe(1);
    await page.context().close();
  });
});
