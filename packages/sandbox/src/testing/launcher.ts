import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { openSandboxes } from '../open-sandboxes.ts';
import { runToEnd } from '../run-to-end.ts';
import type { RunAsked } from './sandbox-rig.ts';

const sandboxes = openSandboxes();

/**
 * A launcher as a process of its own, so that tests have one of another user, with secrets, that can be attacked. It runs what
 * it reads, one line each, and says on one line what came of it.
 */
async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await told(JSON.parse(line) as RunAsked))}\n`);
}

async function told(asked: RunAsked): Promise<unknown> {
  const { limits, command, directory, variables, input, timeMs, outputBytes, abortAfterMs } = asked;
  const order = {
    ...{ command, directory, variables, limits, name: `test/${randomUUID()}` },
    ...{ marks: {}, diesWithLauncher: true, doors: [] },
  };
  const signal = abortAfterMs === null ? null : AbortSignal.timeout(abortAfterMs);
  const ran = await runToEnd(await sandboxes(limits.kind), order, { input, timeMs, outputBytes, signal });
  if (!ran.ok) return ran;
  return { ...ran.value, output: String(ran.value.output), errorOutput: String(ran.value.errorOutput) };
}

await main();
