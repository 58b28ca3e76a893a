import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endRunningCommands } from './run-command.ts';
import { renderTally } from './tally.ts';
import { testRun } from './test-run.ts';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, long: { type: 'boolean', default: false } },
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    endRunningCommands();
    process.exit(1);
  });
}

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const tally = await testRun({ root, checkOnly: values.check, long: values.long });
console.log(renderTally(tally));
process.exitCode = tally.failed === 0 ? 0 : 1;
