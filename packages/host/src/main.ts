import { mkdirSync, realpathSync, writeSync } from 'node:fs';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { lockDirectory } from './disk/directory-lock.ts';
import { HOST_USAGE, parseHostArguments } from './host-arguments.ts';
import { jsonLog } from './log.ts';
import { runHost } from './run-host.ts';

const EXIT = { failed: 1, wrongArguments: 2, directoryInUse: 3 } as const;

/** Runs a host until it is told to end. Never prints anything but log lines on stdout. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void writeSync(1, HOST_USAGE);
  const parsed = parseHostArguments(args);
  if (!parsed.ok) return leave(EXIT.wrongArguments, `${parsed.refusal.message}\n${parsed.refusal.remedy}`);
  outliveTheStarter();
  mkdirSync(parsed.value.directory, { recursive: true, mode: 0o700 });
  const directory = realpathSync(parsed.value.directory);
  const lock = await lockDirectory(directory);
  if (!lock.ok) return leave(EXIT.directoryInUse, `${lock.refusal.message}\n${lock.refusal.remedy}`);
  await runHost({ ...parsed.value, directory }, process.env, jsonLog(1));
  process.exit(0);
}

/** Whoever started the host may end, and its terminal and pipes with it: the data plane goes on. */
function outliveTheStarter(): void {
  process.on('SIGHUP', () => undefined);
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

function leave(exitCode: number, message: string): never {
  writeSync(2, `${message}\n`);
  process.exit(exitCode);
}

main().catch((error: unknown) => leave(EXIT.failed, SluiceError.from(error, 'run the host').message));
