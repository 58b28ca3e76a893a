import { median } from '../median.ts';
import type { GoalLine, ResultFile } from '../result-file.ts';
import type { Contender } from './contender.ts';
import { generatorName, type LoadResult } from './load.ts';
import { upstreamName } from './upstream.ts';

/** What one proxy did in one round. */
export interface Measurement {
  readonly busy: LoadResult;
  readonly single: LoadResult;
  readonly processorMicrosPerRequest: number;
  readonly memory: { readonly residentBytes: number; readonly proportionalBytes: number };
}

/** One proxy and its rounds. */
export interface Row {
  readonly contender: Contender;
  readonly measurements: readonly Measurement[];
}

/** How it was measured. */
export interface Setting {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Length of the runs with one connection. */
  readonly singleSeconds: number;
  /** Whether the processes ran above the machine's other ones. */
  readonly raised: boolean;
  readonly loadBefore: string;
}

/** Tells the results; the first row is the load without a proxy, and the goals are about the first row that is ours. */
export function reportOf(rows: readonly Row[], setting: Setting): ResultFile {
  const { rounds, seconds, connections } = setting;
  return {
    title: 'Router: requests per second, added latency, memory',
    method: methodOf(setting),
    again: `node packages/benchmarks/src/router/main.ts --rounds ${rounds} --seconds ${seconds}${setting.raised ? ' --raised' : ''}`,
    loadBefore: setting.loadBefore,
    goals: goalsOf(rows, connections),
    sections: [
      { title: 'Figures', text: table(rows, connections) },
      {
        title: 'How each is set up',
        text: rows.map(({ contender }) => `- ${contender.name}: ${contender.setup}.`),
      },
    ],
  };
}

function methodOf({ rounds, seconds, singleSeconds, connections, raised }: Setting): string[] {
  return [
    `Load: ${generatorName()}, keep-alive, GET of 1,024 bytes, each connection with one request at a time. Instance: ${upstreamName()}, a process of its own. Load, proxy and instance share the cores, so a proxy that needs less processor time leaves more to the others.`,
    `All proxies run all the time; each round visits every one, in an order that moves by one each round. Figures are medians of ${rounds} rounds of ${seconds} s with ${connections} connections and ${singleSeconds} s with one. "Added" is the latency with one connection minus that without a proxy. Processor time and memory are of all processes of a proxy (for Sluice the host process as well), memory after the load; PSS counts shared pages once.`,
    `${raised ? 'Other work was running on the machine; the processes measured here ran with raised priority. ' : ''}Compare rows with rows, not with other machines; the p99 with one connection shows the neighbours more than the proxy.`,
  ];
}

function goalsOf(rows: readonly Row[], connections: number): GoalLine[] {
  const sluice = rows.find(({ contender }) => contender.isOurs);
  const rivals = rows.filter(({ contender }) => contender.isNode && !contender.isOurs);
  if (sluice === undefined) return [];
  const rate = (row: Row): number => medianOf(row, (one) => one.busy.requestsPerSecond);
  const tail = (row: Row): number => medianOf(row, (one) => one.busy.p99Micros);
  const list = (value: (row: Row) => string): string =>
    rivals.map((row) => `${row.contender.name} ${value(row)}`).join(', ');
  return [
    {
      goal: `with ${connections} connections, more requests per second than every other Node proxy`,
      measured: `${thousands(rate(sluice))} (${list((row) => thousands(rate(row)))})`,
      met: rivals.length > 0 && rivals.every((row) => rate(sluice) > rate(row)),
    },
    {
      goal: `with ${connections} connections, a lower p99 than every other Node proxy`,
      measured: `${millis(tail(sluice))} ms (${list((row) => `${millis(tail(row))} ms`)})`,
      met: rivals.length > 0 && rivals.every((row) => tail(sluice) < tail(row)),
    },
  ];
}

function table(rows: readonly Row[], connections: number): string[] {
  const head = [
    '',
    `requests/s, ${connections} connections`,
    'p50 ms',
    'p99 ms',
    'added p50 µs',
    'added p99 µs',
    'processor µs/request',
    'RSS MB',
    'PSS MB',
  ];
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(cellsOf(row, rows[0] ?? row)))];
}

function cellsOf(row: Row, direct: Row): string[] {
  const added = (value: (one: Measurement) => number): string =>
    String(Math.round(medianOf(row, value) - medianOf(direct, value)));
  const speed = [
    row.contender.name,
    thousands(medianOf(row, (one) => one.busy.requestsPerSecond)),
    millis(medianOf(row, (one) => one.busy.p50Micros)),
    millis(medianOf(row, (one) => one.busy.p99Micros)),
  ];
  if (row === direct) return [...speed, '', '', '', '', ''];
  return [
    ...speed,
    added((one) => one.single.p50Micros),
    added((one) => one.single.p99Micros),
    medianOf(row, (one) => one.processorMicrosPerRequest).toFixed(1),
    megabytes(medianOf(row, (one) => one.memory.residentBytes)),
    megabytes(medianOf(row, (one) => one.memory.proportionalBytes)),
  ];
}

const medianOf = (row: Row, value: (one: Measurement) => number): number =>
  median(row.measurements.map(value));
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
const millis = (micros: number): string => (micros / 1_000).toFixed(2);
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
