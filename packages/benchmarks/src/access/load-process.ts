/**
 * A process that asks the same thing in different ways, each in turn, over keep-alive connections with one request at a time,
 * and prints a line of JSON for each way and round: a `WayRound`.
 * Usage: node packages/benchmarks/src/access/load-process.ts LOAD, an `AccessLoad` as JSON
 */
import { Agent, request } from 'node:http';
import { processorMs } from '../rig/process-figures.ts';
import type { AccessLoad, AskedWay, WayRound } from './asked-way.ts';

function ask(agent: Agent, { port, headers }: AskedWay, path: string): Promise<number> {
  return new Promise((resolve) => {
    const failed = (): void => resolve(0);
    const sent = request({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', failed);
    });
    sent.on('error', failed);
    sent.end();
  });
}

async function runWay(
  load: AccessLoad,
  way: number,
  seconds: number,
  agents: readonly Agent[],
): Promise<WayRound> {
  const asked = load.ways[way];
  const latencies: number[] = [];
  let failures = 0;
  let firstFailure: string | null = null;
  const usedBefore = await processorMs([asked?.pid ?? process.pid]);
  const begun = performance.now();
  const until = begun + seconds * 1000;
  const connection = async (agent: Agent): Promise<void> => {
    while (asked && performance.now() < until) {
      const at = performance.now();
      const status = await ask(agent, asked, load.path);
      if (asked.statuses.includes(status)) latencies.push(performance.now() - at);
      else {
        failures += 1;
        firstFailure ??= String(status);
      }
    }
  };
  await Promise.all(agents.map(connection));
  const serverMs = (await processorMs([asked?.pid ?? process.pid])) - usedBefore;
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
  return {
    ...{ way, failures, firstFailure, serverMs, answers: sorted.length },
    ...{ seconds: (performance.now() - begun) / 1000, p50Ms: quantile(0.5), p99Ms: quantile(0.99) },
  };
}

async function main(load: AccessLoad): Promise<void> {
  const agents = Array.from(
    { length: load.connections },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  // The first round warms everything up.
  for (let round = 0; round <= load.rounds; round += 1)
    for (const way of load.ways.keys()) {
      const found = await runWay(load, way, load.roundSeconds, agents);
      if (round > 0) process.stdout.write(`${JSON.stringify(found)}\n`);
    }
  for (const agent of agents) agent.destroy();
}

await main(JSON.parse(process.argv[2] ?? '{}') as AccessLoad);
