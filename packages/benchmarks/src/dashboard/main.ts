/**
 * The dashboard in a real browser: what the first page costs until it can be used, and how long lists scroll while data arrives.
 *
 *   node packages/benchmarks/src/dashboard/main.ts [--rounds 5] [--applications 1000] [--events 10000] [--seconds 6] [--raised]
 *     [--results FOLDER]
 *
 * Writes dashboard.md. Ends with 1 when a goal is missed, and with 3 on a machine without a browser.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { raisePriority } from '../raise-priority.ts';
import { type GoalLine, goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { fullPlane, ROLLOUT } from './full-plane.ts';
import { type FirstLoad, openWatched, type Scrolling, scrollThrough } from './watched-page.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    applications: { type: 'string', default: '1000' },
    events: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '6' },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});
const [applications, events] = [Number(values.applications), Number(values.events)];
/** So often something happens while a list is scrolled. */
const HAPPEN_EVERY_MS = 50;
const BOARD = '.board-row';
const EVENT = '.event';
const SCROLLED = '.virtual';

/** What is opened, with how much there is to show. */
const PAGES = [
  { name: 'overview, 1 application', applications: 1, events: 10, path: '/', selector: BOARD },
  { name: `overview, ${applications} applications`, applications, events: 10, path: '/', selector: BOARD },
  {
    name: `rollout, ${events} events`,
    applications: 1,
    events,
    path: `/rollouts/${ROLLOUT}`,
    selector: EVENT,
  },
] as const;

interface Measured {
  readonly name: string;
  readonly load: FirstLoad;
  /** Null where there is nothing to scroll. */
  readonly scrolling: Scrolling | null;
}

async function measure(browser: Browser, wanted: (typeof PAGES)[number]): Promise<Measured> {
  const plane = await fullPlane(wanted);
  const loads: FirstLoad[] = [];
  let scrolling: Scrolling | null = null;
  // The first of all builds the dashboard.
  await fetch(plane.address, { headers: { accept: 'text/html' } });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const { page, load } = await openWatched(browser, `${plane.address}${wanted.path}`, wanted.selector);
    loads.push(load);
    const isLast = round + 1 === Number(values.rounds);
    if (isLast && (await page.locator(SCROLLED).count()) > 0) {
      const timer = setInterval(plane.happen, HAPPEN_EVERY_MS);
      scrolling = await scrollThrough(page, SCROLLED, Number(values.seconds) * 1000);
      clearInterval(timer);
    }
    await page.context().close();
  }
  await plane.close();
  const middle = (of: (load: FirstLoad) => number): number => median(loads.map(of));
  const load = {
    bytes: middle(({ bytes }) => bytes),
    requests: middle(({ requests }) => requests),
    shownMs: middle(({ shownMs }) => shownMs),
    interactiveMs: middle(({ interactiveMs }) => interactiveMs),
  };
  process.stdout.write(`${wanted.name}: ${JSON.stringify(load)}\n`);
  return { name: wanted.name, load, scrolling };
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
const ms = (value: number): string => `${Math.round(value)} ms`;
const kB = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

function goalsOf(measured: readonly Measured[]): readonly GoalLine[] {
  const [small] = measured;
  const scrolled = measured.flatMap(({ name, scrolling }) => (scrolling ? [{ name, scrolling }] : []));
  if (!small) return [];
  const { bytes, interactiveMs } = small.load;
  return [
    { goal: 'the first load is at most 250 kB', measured: kB(bytes), met: bytes <= 250_000 },
    { goal: 'interactive within 1 s on localhost', measured: ms(interactiveMs), met: interactiveMs < 1000 },
    ...scrolled.map(({ name, scrolling: { framesMs } }) => {
      const p95 = quantile(framesMs, 0.95);
      return { goal: `95 % of frames of ${name} within 34 ms`, measured: ms(p95), met: p95 <= 34 };
    }),
  ];
}

const loadRow = ({ name, load }: Measured): readonly string[] => [
  name,
  kB(load.bytes),
  String(load.requests),
  ms(load.shownMs),
  ms(load.interactiveMs),
];

function scrollRow({ name, scrolling }: Measured): readonly (readonly string[])[] {
  if (scrolling === null) return [];
  const { framesMs, longTasksMs } = scrolling;
  const frames = [0.5, 0.95, 0.99].map((part) => ms(quantile(framesMs, part)));
  return [
    [name, String(framesMs.length), ...frames, String(longTasksMs.length), ms(longTasksMs.at(-1) ?? 0)],
  ];
}

function browserOfMachine(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  process.stderr.write('There is no chromium on this machine, and so nothing to measure.\n');
  process.exit(3);
}

const executablePath = browserOfMachine();
const loadBefore = loadAverage();
if (values.raised) raisePriority();
const args = [
  '--disable-dev-shm-usage',
  '--disable-gpu',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];
const browser = await chromium.launch({ executablePath, args });
const measured: Measured[] = [];
try {
  for (const page of PAGES) measured.push(await measure(browser, page));
} finally {
  await browser.close();
}
const goals = goalsOf(measured);
const path = writeResultFile(values.results, 'dashboard.md', {
  title: 'The dashboard',
  method: [
    'The real API and the built dashboard over a control plane in memory, on the loopback address, in headless chromium without ' +
      'a graphics processor. Each load is of a browser that keeps nothing from before; figures are medians of ' +
      `${values.rounds} loads. Bytes are what came over the wire until the page could be used: with answers of the API, which ` +
      'are not compressed.',
    'Interactive: what the page is for stands there, and the last task of more than 50 ms within the next second has ended.',
    `Scrolling: 240 pixels with each frame for ${values.seconds} s, while 20 times a second something happens to some track, and ` +
      'every fifth time to the rollout that is looked at.',
  ],
  again: 'node packages/benchmarks/src/dashboard/main.ts',
  loadBefore,
  goals,
  sections: [
    {
      title: 'First load',
      text: table(['page', 'bytes', 'requests', 'shown after', 'interactive after'], measured.map(loadRow)),
    },
    {
      title: 'Scrolling while data arrives',
      text: table(
        ['page', 'frames', 'median', '95 %', '99 %', 'tasks over 50 ms', 'longest task'],
        measured.flatMap(scrollRow),
      ),
    },
  ],
});
for (const line of goals) process.stdout.write(`${goalWords(line)}\n`);
process.stdout.write(`${path}\n`);
process.exitCode = goals.every(({ met }) => met) ? 0 : 1;
