/**
 * A process that asks one thing of an API over keep-alive connections, each with one request at a time, and prints one
 * line of JSON per round: a `LoadRound`.
 * Usage: node packages/benchmarks/src/api/load-process.ts LOAD, a `Load` as JSON
 */
import { Agent, request } from 'node:http';
import type { Load, LoadRound } from './load.ts';
import { API_OPERATIONS, type ApiOperation, type ApiRequest } from './operations.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
}

function ask(agent: Agent, { apiPort, token }: Load, { method, path, body }: ApiRequest): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }),
  };
  return new Promise((resolve) => {
    const failed = (reason: unknown): void => resolve({ status: 0, text: String(reason) });
    const sent = request({ agent, host: '127.0.0.1', port: apiPort, method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8', 0, 300) }),
      );
      response.on('error', failed);
    });
    sent.on('error', failed);
    sent.end(text);
  });
}

interface Tally {
  readonly latenciesMs: number[];
  failures: number;
  firstFailure: string | null;
}

async function runConnection(
  load: Load,
  operation: ApiOperation,
  course: { readonly connection: number; index: number; readonly agent: Agent },
  round: { readonly until: number; readonly tally: Tally },
): Promise<void> {
  while (performance.now() < round.until) {
    const { connection } = course;
    const wanted = operation.request({ ...load, connection, index: course.index++ });
    const begun = performance.now();
    const answer = await ask(course.agent, load, wanted);
    if (answer.status > 0 && answer.status < 400) {
      round.tally.latenciesMs.push(performance.now() - begun);
      continue;
    }
    // A refusal costs less than what was asked for: counted among the answers it would make them look fast.
    round.tally.failures += 1;
    round.tally.firstFailure ??= `${answer.status} ${answer.text}`;
  }
}

async function main(load: Load): Promise<void> {
  const operation = API_OPERATIONS[load.operation];
  if (!operation) return;
  const courses = Array.from({ length: load.connections }, (_, connection) => ({
    ...{ connection, index: 0 },
    agent: new Agent({ keepAlive: true, maxSockets: 1 }),
  }));
  const run = async (seconds: number): Promise<LoadRound> => {
    const begun = performance.now();
    const tally: Tally = { latenciesMs: [], failures: 0, firstFailure: null };
    const round = { until: begun + seconds * 1000, tally };
    await Promise.all(courses.map((course) => runConnection(load, operation, course, round)));
    return roundOf(tally, (performance.now() - begun) / 1000);
  };
  await run(load.warmUpSeconds);
  for (let round = 0; round < load.rounds; round++)
    process.stdout.write(`${JSON.stringify(await run(load.roundSeconds))}\n`);
  for (const { agent } of courses) agent.destroy();
}

function roundOf({ latenciesMs, failures, firstFailure }: Tally, seconds: number): LoadRound {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const quantile = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  return {
    ...{ seconds, failures, firstFailure, answers: sorted.length },
    ...{ p50Ms: quantile(0.5), p99Ms: quantile(0.99) },
  };
}

await main(JSON.parse(process.argv[2] ?? '{}') as Load);
