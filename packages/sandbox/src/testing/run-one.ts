import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { openSandboxes } from '../open-sandboxes.ts';
import { runToEnd } from '../run-to-end.ts';
import type { RunAsked } from './sandbox-rig.ts';

/** A launcher as a process of its own, so that tests have one of another user, with secrets, that can be attacked. */
async function main(): Promise<void> {
  const { limits, command, directory, variables, input, timeMs, outputBytes, abortAfterMs } = JSON.parse(
    await text(process.stdin),
  ) as RunAsked;
  const sandbox = await openSandboxes()(limits.kind);
  const order = {
    ...{ command, directory, variables, limits, name: `test/${randomUUID()}` },
    ...{ marks: {}, diesWithLauncher: true, doors: [] },
  };
  const signal = abortAfterMs === null ? null : AbortSignal.timeout(abortAfterMs);
  const ran = await runToEnd(sandbox, order, { input, timeMs, outputBytes, signal });
  const told = ran.ok
    ? { ...ran.value, output: String(ran.value.output), errorOutput: String(ran.value.errorOutput) }
    : ran;
  process.stdout.write(JSON.stringify(told));
}

await main();
