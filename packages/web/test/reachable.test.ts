import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserOfMachine, openBrowser, openPage, seriousFaults } from './browser.ts';
import { answerAccess, furnish, PAGES, type StillPlane, stillPlane, visit } from './still-plane.ts';

const chromium = browserOfMachine();
let plane: StillPlane;
let browser: Browser;

beforeAll(async () => {
  if (chromium === undefined) return;
  [plane, browser] = await Promise.all([stillPlane(), openBrowser(chromium)]);
  furnish(plane);
});
afterAll(async () => {
  await browser?.close();
  await plane?.close();
});

async function checkPage(page: Page, path: string): Promise<void> {
  const width = page.viewportSize()?.width ?? 0;
  const isWide = Number(await page.evaluate('document.documentElement.scrollWidth')) > width;
  expect({ path, isWide, faults: await seriousFaults(page) }).toEqual({ path, isWide: false, faults: [] });
}

/** What has the focus: its role and its name, and whether one sees that it has it. */
const FOCUS = `(() => {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  return { text: (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().slice(0, 60), isSeen: outlineStyle !== 'none' && outlineWidth !== '0px' };
})()`;
interface Focus {
  readonly text: string;
  readonly isSeen: boolean;
}
const focusOf = async (page: Page): Promise<Focus> => (await page.evaluate(FOCUS)) as Focus;

/** Goes on with Tab until something has the focus; whatever has it on the way is seen to have it. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let press = 0; press < 80; press += 1) {
    await page.keyboard.press('Tab');
    const focus = await focusOf(page);
    expect(focus).toEqual({ ...focus, isSeen: true });
    if (focus.text === text) return;
  }
  throw new TypeError(`${text} was not reached`);
}

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('the pages', () => {
  it.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('have nothing that axe calls serious, and fit: %s, %i pixels', async (theme, width) => {
    const { page, complaints } = await openPage(browser, { theme, width });
    await answerAccess(page);
    for (const path of PAGES) {
      await visit(page, plane.address + path);
      await checkPage(page, path);
    }
    // The control plane in memory knows not all that a page asks for.
    expect(complaints.filter((words) => !/status of 4/.test(words))).toEqual([]);
    await page.context().close();
  });

  it('are built as their users get them, whatever the server was started for', async () => {
    const html = await (await fetch(plane.address, { headers: { accept: 'text/html' } })).text();
    const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    for (const path of scripts)
      expect(await (await fetch(plane.address + path)).text()).not.toContain(
        'two children with the same key',
      );
  });

  it('let a release be approved by keyboard alone, and the focus is seen all the way', async () => {
    const { page } = await openPage(browser);
    await answerAccess(page);
    const votes: unknown[] = [];
    await page.route('**/votes', (route) => {
      votes.push(route.request().postDataJSON());
      return route.fallback();
    });
    await visit(page, plane.address);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await tabTo(page, 'Approve');
    // What comes meanwhile takes the focus away from nobody.
    for (let sequence = 100; sequence < 110; sequence += 1)
      plane.plane.feed.publish({ ...EVENT, sequence, words: `event ${sequence}` });
    await page.getByText('event 109').waitFor();
    expect(await focusOf(page)).toMatchObject({ text: 'Approve' });
    await page.keyboard.press('Enter');
    await page
      .getByRole('dialog')
      .getByText(/You approve exactly this plan/)
      .waitFor();
    await tabTo(page, 'Approve');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(votes).toMatchObject([{ decision: 'approve', planHash: 'a'.repeat(64) }]);
    await page.context().close();
  });

  it('keep what is chosen visible where the system forces its colours, and stand still where it wants no motion', async () => {
    const { page } = await openPage(browser);
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    await answerAccess(page);
    await visit(page, `${plane.address}/rollouts/ro-2`);
    const colourOf = (selector: string): Promise<unknown> =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
    const [share, ground] = [await colourOf('.share span'), await colourOf('.panel')];
    expect(share).not.toBe(ground);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focusOf(page)).toMatchObject({ isSeen: true });
    const moving =
      'document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 1).length';
    expect(await page.evaluate(moving)).toBe(0);
    await page.context().close();
  });
});

const EVENT = {
  ...{ at: 1_768_478_400_000, track: 'storefront/staging/web', rollout: 'ro-3', kind: 'noted', body: {} },
} as const;
