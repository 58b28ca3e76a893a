import { mkdirSync, realpathSync, writeSync } from 'node:fs';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { DIRECTORY_IN_USE_EXIT } from '@sluice/protocol/process/announcement.ts';
import { lineSink } from '@sluice/protocol/process/line-sink.ts';
import { lockDirectory } from './disk/directory-lock.ts';
import { HOST_USAGE, parseHostArguments } from './host-arguments.ts';
import { jsonLog, lostLogLines } from './log.ts';
import { runHost } from './run-host.ts';

const EXIT = { failed: 1, wrongArguments: 2, directoryInUse: DIRECTORY_IN_USE_EXIT } as const;
/** How long the last lines of the log may take to be written, in ms. */
const LAST_LINES_MS = 1000;

/** Runs a host until it is told to end. Never prints anything but log lines on stdout. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void writeSync(1, HOST_USAGE);
  const parsed = parseHostArguments(args);
  if (!parsed.ok) return leave(EXIT.wrongArguments, `${parsed.refusal.message}\n${parsed.refusal.remedy}`);
  outliveTheStarter();
  const directory = openDirectory(parsed.value.directory);
  const lock = await lockDirectory(directory);
  if (!lock.ok) return leave(EXIT.directoryInUse, `${lock.refusal.message}\n${lock.refusal.remedy}`);
  const sink = lineSink({ fd: 1, path: parsed.value.logFile, lossLine: lostLogLines });
  try {
    await runHost({ ...parsed.value, directory }, process.env, jsonLog(sink));
  } finally {
    await sink.flush(LAST_LINES_MS);
  }
  process.exit(0);
}

function openDirectory(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return realpathSync(directory);
  } catch (cause) {
    const { message } = SluiceError.from(cause, `Using ${directory} as the directory of a host`);
    throw new SluiceError('unsupported', `${message}. Make room or correct its owner, or choose another.`, {
      next: 'ask-human',
      cause,
    });
  }
}

/** Whoever started the host may end, and its terminal and pipes with it: the data plane goes on. */
function outliveTheStarter(): void {
  process.on('SIGHUP', () => undefined);
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

function leave(exitCode: number, message: string): never {
  try {
    writeSync(2, `${message}\n`);
  } catch {
    // Nobody reads it, or the disk is full: the exit code has to do.
  }
  process.exit(exitCode);
}

main().catch((error: unknown) => leave(EXIT.failed, SluiceError.from(error, 'run the host').message));
