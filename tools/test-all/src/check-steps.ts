import { delimiter } from 'node:path';
import type { Command } from './run-command.ts';

/** One part of `npm run check`, which counts as one test. */
export interface CheckStep {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** What to do when it fails. */
  readonly remedy: string;
}

/** Each part takes seconds; a minute or two cover a cold, busy machine. */
const stepTimeoutMs = 180_000;

/** The parts of the check, the quickest to tell and to mend first. */
export const checkSteps: readonly CheckStep[] = [
  { name: 'format', program: 'biome', arguments: ['format', '.'], remedy: 'run `npm run format`' },
  {
    name: 'types of core',
    program: 'tsc',
    arguments: ['-p', 'packages/core'],
    remedy: 'core is compiled without Node and DOM types: use nothing of either',
  },
  {
    name: 'types of the dashboard',
    program: 'tsc',
    arguments: ['-p', 'packages/web'],
    remedy: 'the dashboard is compiled with DOM types and without those of Node',
  },
  { name: 'types', program: 'tsc', arguments: ['-p', '.'], remedy: 'mend the types' },
  {
    name: 'tidy',
    program: 'node',
    arguments: ['tools/tidy/src/main.ts'],
    remedy: 'each line above says what to do',
  },
  {
    name: 'generated files',
    program: 'node',
    arguments: ['tools/codegen/src/main.ts', '--check'],
    remedy: 'run `npm run codegen` and commit what it wrote',
  },
];

/** The command of a step, run with the repository's own tools and Node whatever the machine has. */
export function commandOf(step: CheckStep, root: string): Command {
  return {
    program: step.program === 'node' ? process.execPath : `${root}/node_modules/.bin/${step.program}`,
    arguments: step.arguments,
    folder: root,
    environment: { PATH: pathWithOwnTools(root) },
    timeoutMs: stepTimeoutMs,
    output: 'keep',
  };
}

/** The search path with the repository's tools first, so that `#!/usr/bin/env node` finds the Node it brings along. */
export function pathWithOwnTools(root: string): string {
  return [`${root}/node_modules/.bin`, process.env['PATH'] ?? ''].join(delimiter);
}
