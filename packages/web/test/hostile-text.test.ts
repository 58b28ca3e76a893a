import type { Browser, Page, Route } from 'playwright-core';
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

/** What would run if it were anything but text, and what would stand in another order than it is written. */
const RUNS =
  '<script>window.ran=1</script><img src=x onerror="window.ran=2"><svg onload="window.ran=3">' +
  '<a href="javascript:window.ran=4">a</a>"><iframe srcdoc="<script>parent.ran=5</script>">' +
  "' onmouseover='window.ran=6' {{constructor.constructor('window.ran=7')()}} javascript:window.ran=8";
const REORDERS = '\u202etxt.exe\u2066\u202b';
const HOSTILE = `${RUNS} ${REORDERS} ${'A'.repeat(200)}`;
const ENDLESS = `${HOSTILE} ${'A'.repeat(10_000)}`;

/** As hostile as the rules for names let it be: one long word. */
const LONGEST_NAME = 'x'.repeat(100);

/** What is no free text: words of ours, ids, hashes and times, which the server makes or checks. */
const OURS = new Set([
  ...[
    'kind',
    'phase',
    'lane',
    'outcome',
    'verdict',
    'leaning',
    'state',
    'health',
    'source',
    'unit',
    'traffic',
  ],
  ...[
    'id',
    'track',
    'rollout',
    'candidate',
    'revision',
    'next',
    'cursor',
    'decision',
    'holds',
    'attribution',
  ],
  ...[
    'planHash',
    'hash',
    'root',
    'leaf',
    'leafHash',
    'signature',
    'keyId',
    'path',
    'permission',
    'permissions',
  ],
  ...[
    'role',
    'project',
    'code',
    'type',
    'task',
    'queue',
    'salt',
    'failureClass',
    'form',
    'confidence',
    'csrf',
  ],
]);
const HASH = /^[0-9a-f]{32,}$/;
/** Names that addresses are made of. */
const NAMES = new Set(['application', 'environment', 'component']);

/** Everything that people or programs may have written, made hostile; the first text of each name is endless. */
function poisoned(value: unknown, key = '', seen = new Set<string>()): unknown {
  // Of a rollout it is the id of a revision, of a track what stands there.
  if (OURS.has(key) || (key === 'stable' && typeof value === 'string')) return value;
  if (NAMES.has(key) && typeof value === 'string') return LONGEST_NAME;
  if (typeof value === 'string') {
    if (HASH.test(value)) return value;
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst ? ENDLESS : HOSTILE;
  }
  if (Array.isArray(value)) return value.map((item) => poisoned(item, key, seen));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, poisoned(of, name, seen)]));
}

/** Every answer of the API is made hostile, logs too; events come as they are. */
async function poison(page: Page): Promise<void> {
  await answerAccess(page);
  const answer = async (route: Route): Promise<void> => {
    if (route.request().headers()['accept']?.includes('event-stream')) return route.fallback();
    const real = await route.fetch();
    if (real.headers()['content-type']?.startsWith('text/plain'))
      return route.fulfill({ response: real, body: `${ENDLESS}\n`.repeat(3) });
    return route.fulfill({ response: real, json: poisoned(await real.json()) });
  };
  await page.route(/\/api\/v1\/(?!members|role-bindings|roles|tokens|access-decisions)/, (route) =>
    // A page that was left meanwhile wants no answer any more.
    answer(route).catch(() => undefined),
  );
}

/** Notes whatever runs that should not, and what the policy of the page stopped. */
async function watchForCode(page: Page): Promise<() => Promise<unknown>> {
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.addInitScript(
    "window.stopped = []; addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => window.stopped.push([violatedDirective, blockedURI, sourceFile, lineNumber].join(' ')));",
  );
  return async () => ({
    ...((await page.evaluate('({ ran: window.ran ?? null, stopped: window.stopped })')) as object),
    dialogs,
  });
}

const NOTHING = { ran: null, stopped: [], dialogs: [] };
const AS_TEXT = { ...NOTHING, beyond: [[], []], foreign: 0, hidden: null, isRead: true };
/** What is on a page that only markup of others could have put there. */
const FOREIGN =
  'document.querySelectorAll(\'#root script, #root iframe, #root svg[onload], #root [onerror], #root [onmouseover], #root a[href^="javascript:" i]\').length';
/** What reaches beyond the page to the right; what scrolls by itself may be as wide as it likes. */
const BEYOND = `[...document.querySelectorAll('#root *')].filter((one) => {
  const { right, width } = one.getBoundingClientRect();
  for (let box = one.parentElement; box; box = box.parentElement) if (getComputedStyle(box).overflowX !== 'visible') return false;
  return width > 0 && right > innerWidth + 1;
}).map((one) => one.tagName + '.' + one.className)`;

// Without a browser there is nothing to look at: `browserOfMachine` reports that.
describe.skipIf(chromium === undefined)('what people wrote', () => {
  it('would be noticed if it ran: the page itself stops it, and says so', async () => {
    const { page } = await openPage(browser);
    const ran = await watchForCode(page);
    await visit(page, plane.address);
    await page.evaluate((markup) => {
      const place = (globalThis as unknown as { document: { body: { innerHTML: string } } }).document.body;
      place.innerHTML = markup;
    }, RUNS);
    await expect.poll(() => page.evaluate('window.stopped.length')).toBeGreaterThan(1);
    expect(await ran()).toMatchObject({ ran: null });
    await page.context().close();
  });

  it('is text on every page, whatever it says, and fits it, wide and narrow', async () => {
    const { page, complaints } = await openPage(browser);
    const ran = await watchForCode(page);
    await poison(page);
    let shown = 0;
    for (const path of PAGES) {
      await page.setViewportSize({ width: 1280, height: 860 });
      await visit(page, plane.address + path);
      const text = (await page.locator('#stage').textContent()) ?? '';
      const beyond = [await page.evaluate(BEYOND)];
      await page.setViewportSize({ width: 390, height: 860 });
      beyond.push(await page.evaluate(BEYOND));
      const seen = { ...((await ran()) as object), beyond, foreign: await page.evaluate(FOREIGN) };
      const [hidden = null] = /[\u202a-\u202e\u2066-\u2069]/.exec(await page.content()) ?? [];
      const isRead = !text.includes('could not be');
      expect({ path, ...seen, hidden, isRead }).toEqual({ path, ...AS_TEXT });
      shown += Number(text.includes('<script>window.ran=1</script>') && text.includes('⟨U+202E⟩txt.exe'));
    }
    expect(shown).toBeGreaterThan(PAGES.length / 2);
    expect(complaints.filter((words) => !/status of 4/.test(words))).toEqual([]);
    await page.context().close();
  });

  it('is text in a question before a command, and in what is refused', async () => {
    const { page } = await openPage(browser);
    const ran = await watchForCode(page);
    await poison(page);
    await visit(page, `${plane.address}/rollouts/ro-2`);
    await page.getByRole('button', { name: 'Abort' }).click();
    const dialog = page.getByRole('dialog');
    await page.route('**/commands', (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        json: {
          type: 'about:blank',
          title: HOSTILE,
          status: 409,
          code: 'conflict',
          detail: HOSTILE,
          remedy: HOSTILE,
        },
      }),
    );
    await dialog.getByRole('button', { name: 'Abort' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/<script>/)
      .first()
      .waitFor();
    expect(await ran()).toEqual(NOTHING);
    expect(await page.evaluate(BEYOND)).toEqual([]);
    expect(await seriousFaults(page)).toEqual([]);
    await page.context().close();
  });
});
