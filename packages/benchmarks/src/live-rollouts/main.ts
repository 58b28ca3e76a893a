/**
 * Figure 3: ten thousand live rollouts in one server; memory, and the time from due to committed.
 *
 *   node packages/benchmarks/src/live-rollouts/main.ts [--rollouts 10000] [--look-every 1000] [--minutes 10]
 *     [--part-seconds 60] [--settle-seconds 120] [--paces 60000,30000,15000] [--raised] [--results FOLDER]
 *
 * First one minute at each of `--paces` (none by default), then `--minutes` at `--look-every` milliseconds. With
 * `--raised` it puts itself above its neighbours. Writes live-rollouts.md; with other numbers of rollouts or minutes
 * the file says so.
 */
import { parseArgs } from 'node:util';
import { loadAverage } from '../machine-shape.ts';
import { raisePriority } from '../raise-priority.ts';
import { goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { seedStore } from '../rig/seed-store.ts';
import { startServerRig } from '../rig/server-rig.ts';
import { liveRolloutReport } from './report.ts';
import { type PaceRun, type PaceWish, runPace } from './run-pace.ts';

/** Nothing is due before the first run begins; seeding takes a minute. */
const NOT_YET_MS = 3_600_000;

const { values } = parseArgs({
  options: {
    rollouts: { type: 'string', default: '10000' },
    'look-every': { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '10' },
    'part-seconds': { type: 'string', default: '60' },
    'settle-seconds': { type: 'string', default: '120' },
    paces: { type: 'string', default: '' },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});

const say = (words: string): void => void process.stdout.write(`${words}\n`);

function againOf(): string {
  const { results: _results, raised, ...others } = values;
  const given = Object.entries(others).flatMap(([name, value]) =>
    value === '' ? [] : [`--${name} ${value}`],
  );
  return [
    'node packages/benchmarks/src/live-rollouts/main.ts',
    ...given,
    ...(raised ? ['--raised'] : []),
  ].join(' ');
}

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const isRaised = values.raised && raisePriority();
  const rollouts = Number(values.rollouts);
  const partSeconds = Number(values['part-seconds']);
  const settleSeconds = Number(values['settle-seconds']);
  const rig = await startServerRig();
  try {
    say(`seeding ${rollouts} tracks`);
    await seedStore(rig.db, rollouts, Date.now() + NOT_YET_MS);
    const run = (paceMs: number, parts: number): Promise<PaceRun> =>
      announcedRun({ rollouts, paceMs, settleSeconds, parts, partSeconds });
    const announcedRun = async (wish: PaceWish): Promise<PaceRun> => {
      say(`asked to look every ${wish.paceMs} ms: settling, then ${wish.parts} × ${wish.partSeconds} s`);
      return runPace(rig, wish);
    };
    const paces: PaceRun[] = [];
    for (const pace of values.paces.split(',').filter((text) => text !== ''))
      paces.push(await run(Number(pace), 1));
    const parts = Math.max(1, Math.round((Number(values.minutes) * 60) / partSeconds));
    const long = await run(Number(values['look-every']), parts);
    const report = liveRolloutReport({ paces, long, isRaised, loadBefore, again: againOf() });
    for (const goal of report.goals) say(goalWords(goal));
    say(`written: ${writeResultFile(values.results, 'live-rollouts.md', report)}`);
  } finally {
    await rig.close();
  }
}

await main();
