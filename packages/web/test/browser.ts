import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { source as axeSource } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { reportSkip } from '@sluice/test-all/skip-report.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--disable-dev-shm-usage',
  '--disable-gpu',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** The browser of this machine; undefined without one, which is said once. */
export function browserOfMachine(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (found === undefined)
    reportSkip('the dashboard in a real browser: there is no chromium on this machine');
  return found;
}

/** Starts the browser. */
export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: FLAGS });

/** What a page complained of: exceptions, and whatever the console calls an error. */
export type Complaints = string[];

/** Opens a page of its own, with what it complains of. */
export async function openPage(
  browser: Browser,
  { theme = 'light', width = 1280 }: { readonly theme?: 'light' | 'dark'; readonly width?: number } = {},
): Promise<{ readonly page: Page; readonly complaints: Complaints }> {
  const context = await browser.newContext({
    viewport: { width, height: 860 },
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: Complaints = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, complaints };
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe finds on a page that is serious or worse, in words. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResult;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('\n')}`,
    );
}

/** A moment at which something on the page jumped. */
export interface Jump {
  /** Chromium's layout shift, of which 0.1 in all is thought good. */
  readonly value: number;
  /** What moved, and how far down, in pixels. */
  readonly moved: readonly string[];
}

/** What on the page jumps from now on. */
export async function watchJumps(page: Page): Promise<() => Promise<readonly Jump[]>> {
  await page.evaluate(`
    window.jumps = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.jumps.push({
        value: entry.value,
        moved: entry.sources.map(({ node, previousRect, currentRect }) =>
          (node?.className || node?.nodeName || '?') + ' ' + Math.round(currentRect.top - previousRect.top)),
      });
    }).observe({ type: 'layout-shift' });
  `);
  return async () => (await page.evaluate('window.jumps')) as readonly Jump[];
}

/** Where pictures for the documentation are kept, and whether they are taken anew. */
const IMAGES = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const isPicturing = process.env['SLUICE_SCREENSHOTS'] === '1';

/** Takes a picture for the documentation when `SLUICE_SCREENSHOTS=1`; otherwise nothing. */
export async function picture(page: Page, name: string): Promise<void> {
  if (isPicturing) await page.screenshot({ path: join(IMAGES, `${name}.png`) });
}
