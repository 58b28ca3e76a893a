import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { isInstalled } from './debian-program.ts';

const run = promisify(execFile);

/** What one run of load came to; latencies in microseconds. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly requests: number;
}

/** Prints what wrk measured as one line of JSON: its own report rounds to two digits. */
const WRK_REPORT = `done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failures":%d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/** Says which generator makes the load. */
export const generatorName = (): string =>
  isInstalled('wrk') ? 'wrk 4.1, one thread' : 'our own generator (`processes/load.ts`), one process';

/**
 * Asks for 1 KB over kept-alive connections, each with one request at a time, for some seconds, from a process of its
 * own.
 * @throws SluiceError when any request failed: a proxy that drops requests has no throughput
 */
export async function applyLoad(options: {
  port: number;
  connections: number;
  seconds: number;
  scratch: string;
}): Promise<LoadResult> {
  const { stdout } = await (isInstalled('wrk') ? runWrk(options) : runOwn(options));
  const line = stdout.trim().split('\n').at(-1) ?? '';
  const result = JSON.parse(line) as Record<'requests' | 'seconds' | 'p50' | 'p99' | 'failures', number>;
  if (result.failures > 0)
    throw new SluiceError('unexpected', `${result.failures} requests failed under load`, { next: 'stop' });
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50Micros: result.p50,
    p99Micros: result.p99,
    requests: result.requests,
  };
}

type Options = Parameters<typeof applyLoad>[0];

function runWrk({ port, connections, seconds, scratch }: Options): Promise<{ stdout: string }> {
  const script = join(scratch, 'report.lua');
  writeFileSync(script, WRK_REPORT);
  const url = `http://127.0.0.1:${port}/1k`;
  return run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, url]);
}

function runOwn({ port, connections, seconds }: Options): Promise<{ stdout: string }> {
  const script = fileURLToPath(new URL('./processes/load.ts', import.meta.url));
  return run(process.execPath, [script, String(port), String(connections), String(seconds)]);
}
