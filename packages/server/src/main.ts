import { mkdirSync, writeSync } from 'node:fs';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { forgetOidcSecret } from './access/oidc-settings.ts';
import { announce } from './announce.ts';
import { DIRECTORY_IN_USE, lockDirectory } from './lock-directory.ts';
import { runServer } from './run-server.ts';
import {
  forgetDatabase,
  parseServerArguments,
  SERVER_USAGE,
  type ServerArguments,
} from './server-arguments.ts';
import { openLog, type ServerLog } from './telemetry/log.ts';

const EXIT = { failed: 1, wrongArguments: 2, directoryInUse: DIRECTORY_IN_USE } as const;
/** How long the last lines of the log may take to be written, in milliseconds. */
const LAST_LINES_MS = 1000;

/** Runs a control plane until it is told to end. Its log is one JSON object a line. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void writeSync(1, SERVER_USAGE);
  const parsed = parseServerArguments(args, process.env);
  if (!parsed.ok) return leave(EXIT.wrongArguments, `${parsed.refusal.message}\n${parsed.refusal.remedy}`);
  forgetDatabase(process.env);
  forgetOidcSecret(process.env);
  const { directory, logFile } = parsed.value;
  makeDirectory(directory);
  const lock = await lockDirectory(directory);
  if (!lock.ok) return leave(EXIT.directoryInUse, `${lock.refusal.message}\n${lock.refusal.remedy}`);
  const { log, flush } = openLog(logFile);
  try {
    await serve(parsed.value, log);
  } finally {
    await flush(LAST_LINES_MS);
  }
  process.exit(0);
}

async function serve(args: ServerArguments, log: ServerLog['log']): Promise<void> {
  const server = await runServer(args, log);
  await announce(args, server.apiPort);
  log.info({ apiPort: server.apiPort }, 'the control plane listens on loopback only');
  await told();
  await server.close();
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    const { message } = SluiceError.from(cause, `Using ${directory} as the directory of a control plane`);
    throw new SluiceError('unsupported', `${message}. Make room or correct its owner, or choose another.`, {
      next: 'ask-human',
      cause,
    });
  }
}

function told(): Promise<void> {
  process.on('SIGHUP', () => undefined);
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

function leave(exitCode: number, message: string): never {
  try {
    writeSync(2, `${message}\n`);
  } catch {
    // Nobody reads it, or the disk is full: the exit code has to do.
  }
  process.exit(exitCode);
}

main().catch((thrown: unknown) =>
  leave(EXIT.failed, SluiceError.from(thrown, 'running the control plane').message),
);
