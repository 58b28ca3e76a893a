import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Starts the database that the tests of the server clone their own from. */
const databaseSetup = 'packages/server/src/store/testing/global-setup.ts';

const databaseSetups = existsSync(fileURLToPath(new URL(databaseSetup, import.meta.url)))
  ? [databaseSetup]
  : [];

const patience = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...patience,
          name: 'unit',
          include: ['{packages,tools,examples}/*/src/**/*.test.ts'],
          exclude: ['packages/server/src/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          ...patience,
          name: 'server',
          include: ['packages/server/src/**/*.test.ts'],
          globalSetup: databaseSetups,
        },
      },
      {
        // Whole systems of processes: one file at a time and after all others, so that two cores suffice.
        test: {
          ...patience,
          name: 'whole',
          include: ['packages/*/test/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
