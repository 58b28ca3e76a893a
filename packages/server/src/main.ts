import { mkdirSync, writeSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { runServer } from './run-server.ts';
import { parseServerArguments, SERVER_USAGE, type ServerArguments } from './server-arguments.ts';
import { createLog } from './telemetry/log.ts';

const EXIT = { failed: 1, wrongArguments: 2 } as const;

/** Runs a control plane until it is told to end. Its log is one JSON object a line on stdout. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void writeSync(1, SERVER_USAGE);
  const parsed = parseServerArguments(args, process.env);
  if (!parsed.ok) return leave(EXIT.wrongArguments, `${parsed.refusal.message}\n${parsed.refusal.remedy}`);
  mkdirSync(parsed.value.directory, { recursive: true });
  const log = createLog();
  const server = await runServer(parsed.value, log);
  await announce(parsed.value, server.apiPort);
  log.info(
    { apiPort: server.apiPort },
    'the control plane listens on loopback only: there is no access control yet',
  );
  await told();
  await server.close();
  process.exit(0);
}

/** Says where the API is to be found, whole or not at all. */
async function announce({ directory }: ServerArguments, apiPort: number): Promise<void> {
  const path = join(directory, 'server.json');
  const content = JSON.stringify({ pid: process.pid, apiPort, startedAt: Date.now() });
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

function told(): Promise<void> {
  process.on('SIGHUP', () => undefined);
  process.stdout.on('error', () => undefined);
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}

function leave(exitCode: number, message: string): never {
  writeSync(2, `${message}\n`);
  process.exit(exitCode);
}

main().catch((thrown: unknown) =>
  leave(EXIT.failed, SluiceError.from(thrown, 'running the control plane').message),
);
