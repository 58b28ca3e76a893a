/**
 * For vitest: has host, control plane and command line compiled once, before dozens of them are started. Node writes what
 * it has compiled when a process ends by itself, and most of those that tests start are killed.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';

const quiet = '--disable-warning=ExperimentalWarning';

/** Compiled code is good only for a process with the same options. */
const programs = [
  [quiet, ...SERVER_NODE_OPTIONS, mainOf('server')],
  [quiet, mainOf('server')],
  [quiet, mainOf('host')],
  [quiet, mainOf('cli')],
];

/** Called by vitest before the tests, with what its `env` is to be. */
export async function setup({ config }: { config: { env: Record<string, string> } }): Promise<void> {
  await Promise.all(programs.map((words) => help(words, { ...process.env, ...config.env })));
}

/** Loads everything and does nothing. */
function help(words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...words, '--help'], { env }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

function mainOf(name: string): string {
  return fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url));
}
