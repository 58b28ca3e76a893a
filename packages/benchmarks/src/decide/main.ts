/**
 * Figure 4: how many decisions a second one process can make.
 *
 *   node packages/benchmarks/src/decide/main.ts [--rounds 15] [--milliseconds 200] [--results FOLDER]
 *
 * Writes decide.md.
 */
import { parseArgs } from 'node:util';
import { decide } from '@sluice/core/rollout/decide.ts';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { RESULTS, writeResultFile } from '../result-file.ts';
import { type SampleDecision, sampleDecisions } from './sample-decisions.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    milliseconds: { type: 'string', default: '200' },
    results: { type: 'string', default: RESULTS },
  },
});

/** What one state allowed in one round. */
interface Rate {
  /** Calls per second of processor time of the whole process, garbage collection included. */
  readonly perProcessorSecond: number;
  readonly perSecond: number;
}

/** Calls between two looks at the clock. */
const BATCH = 50;

function rateOf({ track, observation }: SampleDecision, milliseconds: number): Rate {
  const usedBefore = process.cpuUsage();
  const begun = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let call = 0; call < BATCH; call++) decide(track, observation);
    calls += BATCH;
    elapsed = performance.now() - begun;
  }
  const used = process.cpuUsage(usedBefore);
  return {
    perProcessorSecond: (calls * 1e6) / (used.user + used.system),
    perSecond: (calls * 1000) / elapsed,
  };
}

/** All states in turn, round by round, so that what else the machine does falls on all alike; the first round warms up. */
function measure(decisions: readonly SampleDecision[]): ReadonlyMap<string, readonly Rate[]> {
  const rates = new Map<string, Rate[]>(decisions.map(({ name }) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round++)
    for (const decision of decisions) {
      const rate = rateOf(decision, Number(values.milliseconds));
      if (round > 0) rates.get(decision.name)?.push(rate);
    }
  return rates;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en');

function rowOf([name, rates]: readonly [string, readonly Rate[]]): readonly string[] {
  const perProcessor = rates.map(({ perProcessorSecond }) => perProcessorSecond);
  const middle = median(perProcessor);
  const range = `${whole(Math.min(...perProcessor))} to ${whole(Math.max(...perProcessor))}`;
  const perSecond = median(rates.map((rate) => rate.perSecond));
  return [name, whole(middle), range, (1e6 / middle).toFixed(1), whole(perSecond)];
}

function main(): void {
  const loadBefore = loadAverage();
  const rates = measure(sampleDecisions());
  const heads = ['state', 'calls per processor second', 'range', 'µs each', 'calls per second of wall time'];
  const text = table(heads, [...rates].map(rowOf));
  const path = writeResultFile(values.results, 'decide.md', {
    title: 'Decisions per second',
    method: [
      '`decide(track, observation)` of `packages/core`, called again and again with the same state in one process: what a look costs in the middle, without reading the world and writing the store. The tracks are made by the engine: v1 released, v2 promoted by a canary whose evidence is still kept, v3 judged for ten minutes at 25 % with two hard limits beside the judge and 4 requests per second with latency histograms.',
      `Medians of ${values.rounds} rounds of ${values.milliseconds} ms each; every round visits every state in turn. Processor time counts all threads of the process, with garbage collection; wall time also counts what others used of the machine.`,
    ],
    again: `node packages/benchmarks/src/decide/main.ts --rounds ${values.rounds} --milliseconds ${values.milliseconds}`,
    loadBefore,
    goals: [],
    sections: [{ title: 'Figures', text }],
  });
  process.stdout.write(`${text.join('\n')}\nwritten: ${path}\n`);
}

main();
