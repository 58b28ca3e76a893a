import type { Browser, Page } from 'playwright-core';

/** What a page costs until it can be used. */
export interface FirstLoad {
  /** What came over the wire, with headers, until then. */
  readonly bytes: number;
  readonly requests: number;
  /** From the beginning of the navigation until what was waited for stands there. */
  readonly shownMs: number;
  /** From there until the last task of more than 50 ms within the next second has ended: then whatever is pressed is answered. */
  readonly interactiveMs: number;
}

/** How it goes while somebody scrolls. */
export interface Scrolling {
  /** Times from one frame to the next, in milliseconds, in their order of size. */
  readonly framesMs: readonly number[];
  /** Tasks of more than 50 ms, which hold up everything else, in milliseconds. */
  readonly longTasksMs: readonly number[];
}

/** A page that was opened, and how that went. */
export interface OpenedPage {
  readonly page: Page;
  readonly load: FirstLoad;
}

/** Notes long tasks, and when what is waited for is there, from the first moment on. */
const watch = (selector: string): string => `
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.tasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    if (document.querySelector(${JSON.stringify(selector)})) window.shown ??= performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);`;

const SETTLE_MS = 1000;

/** Opens an address with nothing kept from before; `selector` is what makes it usable. */
export async function openWatched(browser: Browser, address: string, selector: string): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send('Network.enable');
  const course = { bytes: 0, requests: 0 };
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
    course.bytes += encodedDataLength;
    course.requests += 1;
  });
  await page.addInitScript(watch(selector));
  await page.goto(address);
  await page.locator(selector).first().waitFor({ timeout: 120_000 });
  const { bytes, requests } = course;
  await page.waitForTimeout(SETTLE_MS);
  const { shown, tasks } = (await page.evaluate('({ shown: window.shown, tasks: window.tasks })')) as {
    readonly shown: number;
    readonly tasks: readonly { readonly startTime: number; readonly duration: number }[];
  };
  const ends = tasks.map(({ startTime, duration }) => startTime + duration);
  return {
    page,
    load: { bytes, requests, shownMs: shown, interactiveMs: Math.max(shown, ...ends) },
  };
}

/** Scrolls a list up and down for a while, a step with each frame, and notes how long frames and tasks take. */
export async function scrollThrough(page: Page, selector: string, durationMs: number): Promise<Scrolling> {
  const { frames, tasks } = (await page.evaluate(`new Promise((resolve) => {
    const list = document.querySelector(${JSON.stringify(selector)});
    const [frames, before] = [[], window.tasks.length];
    let last = performance.now(), by = 240;
    const until = last + ${durationMs};
    const step = (now) => {
      frames.push(now - last);
      last = now;
      list.scrollTop += by;
      if (list.scrollTop <= 0 || list.scrollTop + list.clientHeight >= list.scrollHeight - 1) by = -by;
      if (now < until) requestAnimationFrame(step);
      else resolve({ frames: frames.slice(1), tasks: window.tasks.slice(before).map(({ duration }) => duration) });
    };
    requestAnimationFrame(step);
  })`)) as { readonly frames: readonly number[]; readonly tasks: readonly number[] };
  const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);
  return { framesMs: sorted(frames), longTasksMs: sorted(tasks) };
}
