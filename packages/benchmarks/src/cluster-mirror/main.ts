/**
 * What a copy of a cluster's pods costs the control plane, and how soon it shows a change.
 *
 *   node packages/benchmarks/src/cluster-mirror/main.ts [--pods 10000] [--rounds 5] [--changes 500] [--results FOLDER]
 *
 * Writes cluster-mirror.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Mirror } from '@sluice/server/kubernetes/cluster-client.ts';
import { openCluster } from '@sluice/server/kubernetes/open-cluster.ts';
import { createLog } from '@sluice/server/telemetry/log.ts';
import { request } from 'undici';
import { table } from '../judge/report.ts';
import { loadAverage } from '../machine-shape.ts';
import { median } from '../median.ts';
import { RESULTS, goalWords, writeResultFile } from '../result-file.ts';
import { announced, startNode } from '../rig/child-process.ts';
import { samplePod } from './sample-pod.ts';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    changes: { type: 'string', default: '500' },
    results: { type: 'string', default: RESULTS },
  },
});

const PODS = Number(values.pods);
const MEGABYTE = 1024 * 1024;

/** A mirror is a part of a control plane with a thousand rollouts in one gigabyte: it may take a fifth of that. */
const MOST_MEGABYTES = 200;

/** Of the second that a reaction may take, the part that is left to the mirror, in ms. */
const MOST_REACTION_MS = 100;

/** One copy, from nothing until it has shown all changes. */
interface Copy {
  readonly heapMegabytes: number;
  readonly syncMs: number;
  readonly processorMs: number;
  readonly reactionsMs: readonly number[];
}

/** Collects garbage; the flag is set here so that the benchmark is started like all others. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

async function copy(url: string, watchLists: boolean, collect: () => void): Promise<Copy> {
  const client = await openCluster({
    name: 'benchmark',
    credentials: { kind: 'token', server: url, token: 'none' },
    log: createLog({ level: 'silent' }),
    watchLists,
  });
  await client.serves('v1', 'Pod');
  collect();
  const before = process.memoryUsage().heapUsed;
  const usedBefore = process.cpuUsage();
  const begun = performance.now();
  const { mirror } = client.mirror({ apiVersion: 'v1', kind: 'Pod' });
  await mirror.synced;
  mirror.withLabel('sluice.dev/revision', 'rev-0');
  const syncMs = performance.now() - begun;
  const used = process.cpuUsage(usedBefore);
  collect();
  const heapMegabytes = (process.memoryUsage().heapUsed - before) / MEGABYTE;
  const reactionsMs = await react(url, mirror);
  await client.close();
  return { heapMegabytes, syncMs, processorMs: (used.user + used.system) / 1000, reactionsMs };
}

/** Changes pods one after another; each time counts from the order to the server until the listener is told. */
async function react(url: string, mirror: Mirror): Promise<number[]> {
  const times: number[] = [];
  for (let change = 0; change < Number(values.changes); change += 1) {
    const begun = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = mirror.onChange(() => resolve());
    const answer = await request(`${url}/change?pod=${(change * 37) % PODS}`, { method: 'POST' });
    await Promise.all([promise, answer.body.dump()]);
    times.push(performance.now() - begun);
    stop();
  }
  return times;
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const WAYS = [
  { name: 'watch that begins with what is there', watchLists: true },
  { name: 'list in pages, then a watch', watchLists: false },
] as const;

async function measure(url: string): Promise<ReadonlyMap<string, Copy[]>> {
  const collect = garbageCollector();
  const copies = new Map<string, Copy[]>(WAYS.map(({ name }) => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= Number(values.rounds); round += 1)
    for (const { name, watchLists } of WAYS) {
      const one = await copy(url, watchLists, collect);
      if (round > 0) copies.get(name)?.push(one);
    }
  return copies;
}

function rowOf([name, copies]: readonly [string, readonly Copy[]]): readonly string[] {
  const reactions = copies.flatMap(({ reactionsMs }) => reactionsMs).sort((a, b) => a - b);
  return [
    name,
    median(copies.map(({ heapMegabytes }) => heapMegabytes)).toFixed(1),
    Math.round(median(copies.map(({ syncMs }) => syncMs))).toString(),
    Math.round(median(copies.map(({ processorMs }) => processorMs))).toString(),
    percentile(reactions, 0.5).toFixed(2),
    percentile(reactions, 0.99).toFixed(2),
  ];
}

function write(copies: ReadonlyMap<string, Copy[]>, loadBefore: string): void {
  const all = [...copies.values()].flat();
  const heap = Math.max(...all.map(({ heapMegabytes }) => heapMegabytes));
  const reactions = all.flatMap(({ reactionsMs }) => reactionsMs).sort((a, b) => a - b);
  const reaction = percentile(reactions, 0.99);
  const podBytes = JSON.stringify(samplePod(PODS - 1, PODS)).length;
  const goals = [
    {
      goal: `at most ${MOST_MEGABYTES} MB for ${PODS} pods`,
      measured: `${heap.toFixed(1)} MB`,
      met: heap <= MOST_MEGABYTES,
    },
    {
      goal: `p99 from a change to the listener within ${MOST_REACTION_MS} ms`,
      measured: `${reaction.toFixed(1)} ms`,
      met: reaction <= MOST_REACTION_MS,
    },
  ];
  const heads = [
    'way',
    'heap in MB',
    'ms until complete',
    'processor ms',
    'reaction p50 in ms',
    'reaction p99 in ms',
  ];
  const path = writeResultFile(values.results, 'cluster-mirror.md', {
    title: 'The copy of a cluster’s pods',
    method: [
      `The mirror of \`server/kubernetes\` holds ${PODS} pods, ${podBytes} bytes of JSON each as the server sends them; it drops who owns which field. Another process on this machine serves them. Heap is what is used after garbage collection more than before, with one index by label.`,
      `Reaction is the time from the order to the server to change one pod until a listener is told, with ${values.changes} changes one after another. Medians of ${values.rounds} rounds; every round makes a copy in each way.`,
    ],
    again: `node packages/benchmarks/src/cluster-mirror/main.ts --pods ${PODS} --rounds ${values.rounds} --changes ${values.changes}`,
    loadBefore,
    goals,
    sections: [{ title: 'Figures', text: table(heads, [...copies].map(rowOf)) }],
  });
  for (const goal of goals) process.stdout.write(`${goalWords(goal)}\n`);
  process.stdout.write(`${table(heads, [...copies].map(rowOf)).join('\n')}\nwritten: ${path}\n`);
}

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-cluster-mirror-'));
  const [ready, log] = [join(folder, 'ready'), join(folder, 'log')];
  const server = startNode([join(import.meta.dirname, 'pod-server.ts'), String(PODS), ready], log);
  try {
    const { url } = (await announced(ready, server, log)) as { readonly url: string };
    write(await measure(url), loadBefore);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

await main();
