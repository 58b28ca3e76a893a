/**
 * Router throughput, latency and memory beside other proxies, all in one run on one machine.
 *
 *   node packages/benchmarks/src/router/main.ts [--rounds 7] [--seconds 4] [--warm-up 2] [--only NAME]… [--raised]
 *     [--results FOLDER]
 *
 * Every round visits every proxy in turn, in an order that moves by one each round, so that what else the machine does
 * falls on all alike; the table shows medians over the rounds. All proxies run all the time and idle while it is not
 * their turn. `--only` measures the proxies whose names begin so; it may be given several times. With `--raised` it puts itself above its neighbours.
 * Writes router.md.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadAverage } from '../machine-shape.ts';
import { raisePriority } from '../raise-priority.ts';
import { goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import type { Contender, RunningProxy } from './contender.ts';
import { contendersHere } from './contenders.ts';
import { memoryOf, processorMicros } from './footprint.ts';
import { applyLoad } from './load.ts';
import { type Measurement, reportOf } from './report.ts';
import { startUpstream } from './upstream.ts';

const CONNECTIONS = 64;
/** wrk takes whole seconds only. */
const SINGLE_SECONDS = 1;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '4' },
    'warm-up': { type: 'string', default: '2' },
    only: { type: 'string', multiple: true, default: [] },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const scratch = mkdtempSync(join(tmpdir(), 'sluice-bench-'));

interface Entrant {
  readonly contender: Contender;
  readonly proxy: RunningProxy;
  readonly measurements: Measurement[];
}

function folder(name: string): string {
  const path = join(scratch, name.replaceAll(/\W/g, '-'));
  mkdirSync(path, { recursive: true });
  return path;
}

async function enter(upstream: RunningProxy, entrants: Entrant[]): Promise<void> {
  const direct: Contender = {
    name: 'no proxy',
    isNode: false,
    isOurs: false,
    setup: 'the load goes straight to the instance',
    start: () => Promise.resolve({ ...upstream, stop: () => Promise.resolve() }),
  };
  const isWanted = ({ name }: Contender): boolean =>
    values.only.length === 0 || values.only.some((begin) => name.startsWith(begin));
  for (const contender of [direct, ...contendersHere().filter(isWanted)]) {
    const proxy = await contender.start(upstream.port, folder(contender.name));
    entrants.push({ contender, proxy, measurements: [] });
    await applyLoad({
      port: proxy.port,
      connections: CONNECTIONS,
      seconds: Number(values['warm-up']),
      scratch,
    });
  }
}

async function measure({ proxy, measurements, contender }: Entrant): Promise<void> {
  const before = processorMicros(proxy.pids());
  const busy = await applyLoad({ port: proxy.port, connections: CONNECTIONS, seconds, scratch });
  const processor = processorMicros(proxy.pids()) - before;
  const single = await applyLoad({ port: proxy.port, connections: 1, seconds: SINGLE_SECONDS, scratch });
  measurements.push({
    busy,
    single,
    processorMicrosPerRequest: processor / busy.requests,
    memory: memoryOf(proxy.pids()),
  });
  process.stdout.write(`${contender.name}: ${Math.round(busy.requestsPerSecond)} requests/s\n`);
}

const loadBefore = loadAverage();
const raised = values.raised && raisePriority();
const upstream = await startUpstream(folder('upstream'));
const entrants: Entrant[] = [];
try {
  await enter(upstream, entrants);
  for (let round = 0; round < rounds; round++) {
    const turn = entrants.map((_, index) => entrants[(index + round) % entrants.length] as Entrant);
    for (const entrant of turn) await measure(entrant);
  }
} finally {
  for (const { proxy } of entrants) await proxy.stop();
  await upstream.stop();
  rmSync(scratch, { recursive: true, force: true });
}
const rows = entrants.map(({ contender, measurements }) => ({ contender, measurements }));
const setting = {
  rounds,
  seconds,
  connections: CONNECTIONS,
  singleSeconds: SINGLE_SECONDS,
  raised,
  loadBefore,
};
const report = reportOf(rows, setting);
for (const goal of report.goals) process.stdout.write(`${goalWords(goal)}\n`);
process.stdout.write(`written: ${writeResultFile(values.results, 'router.md', report)}\n`);
