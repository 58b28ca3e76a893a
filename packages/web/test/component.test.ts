import { sampleRollout } from '@sluice/protocol/http/testing/sample-views.ts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage } from './browser.ts';
import { answerAccess, type StillPlane, stillPlane, visit } from './still-plane.ts';

const chromium = browserOfMachine();
let plane: StillPlane;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [plane, browser] = await Promise.all([stillPlane(), openBrowser(chromium)]);
});
afterAll(async () => {
  await browser?.close();
  await plane?.close();
});

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the page of a component', () => {
  it('shows its latest releases before what a revision is made of, and all of them on demand', async () => {
    const over = { phase: 'succeeded', outcome: 'succeeded', step: null } as const;
    for (let number = 11; number <= 24; number += 1)
      plane.plane.putRollout(sampleRollout({ id: `ro-${number}`, number, version: `v${number}`, ...over }));
    const { page } = await openPage(browser);
    await answerAccess(page);
    await visit(page, `${plane.address}/applications/storefront/production/web`);
    const rows = page.getByRole('region', { name: 'Releases, newest first' }).locator('tbody tr');
    expect(await rows.count()).toBe(10);
    const topOf = async (name: string): Promise<number> =>
      (await page.getByText(name, { exact: true }).boundingBox())?.y ?? Number.NaN;
    expect(await topOf('History')).toBeLessThan(await topOf('Content'));
    await page.getByRole('button', { name: /^Show all \d+$/ }).click();
    await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(14);
    await page.context().close();
  });
});
