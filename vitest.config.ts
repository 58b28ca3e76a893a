import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { dearestFirst } from './tools/test-all/src/dearest-first.ts';

/** Starts the database that the tests of the server clone their own from. */
const databaseSetup = 'packages/server/src/store/testing/global-setup.ts';

const databaseSetups = existsSync(fileURLToPath(new URL(databaseSetup, import.meta.url)))
  ? [databaseSetup]
  : [];

const patience = { testTimeout: 30_000, hookTimeout: 60_000 };
const whole = { testTimeout: 300_000, hookTimeout: 120_000 };

/** By itself vitest leaves a processor free, which on two is half of them. */
const maxWorkers = availableParallelism();

/** Whole systems wait more than they work, and each takes about half a gigabyte. */
const wholeSystems = Math.min(maxWorkers * 2, 8);

/** What measures how long something takes, or keeps all processors busy by itself, has the machine for itself. */
const calm = ['packages/host/test/router-processes.test.ts', 'packages/benchmarks/test/benchmarks.test.ts'];

/** What Node has compiled of our programs is kept: compiling is most of a start, and tests start them by the hundred. */
const env = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/sluice-tests', import.meta.url)),
};

class DearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return dearestFirst(await super.sort(files), ({ project, moduleId }) => ({
      group: project.config.sequence.groupOrder,
      path: moduleId,
    }));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: DearestFirst },
    projects: [
      {
        test: {
          ...{ ...patience, env, maxWorkers },
          // To start a process for each file would cost more than most files do; what one changes, it changes back.
          isolate: false,
          name: 'unit',
          include: ['{packages,tools,examples}/*/src/**/*.test.ts'],
          exclude: ['packages/server/src/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...{ ...patience, env, maxWorkers },
          isolate: false,
          name: 'server',
          include: ['packages/server/src/**/*.test.ts'],
          globalSetup: databaseSetups,
        },
      },
      {
        // After all others, as these leave no processor over.
        test: {
          ...{ ...whole, env, maxWorkers: wholeSystems },
          name: 'whole',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: [...calm, '**/node_modules/**'],
          globalSetup: [...databaseSetups, 'packages/cli/test/compile-ahead.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...{ ...whole, env },
          name: 'calm',
          include: calm,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
