import { expect, test } from 'vitest';
import { sourceTreeOf } from '../source-tree.ts';
import { checkImportTable } from './import-table.ts';

const names = [
  'core',
  'protocol',
  'config',
  'host',
  'worker',
  'server',
  'cli',
  'web',
  'simulation',
  'benchmarks',
];

/** Two ports with their contracts, so that the folders beside them are adapters. */
const world = {
  ...Object.fromEntries(
    names.map((name) => [`packages/${name}/package.json`, `{ "name": "@sluice/${name}" }`]),
  ),
  'tools/test-all/package.json': '{ "name": "@sluice/test-all" }',
  'packages/server/src/targets/target.ts': "import type { RevisionRecord } from './revision-record.ts';",
  'packages/server/src/targets/revision-record.ts': '',
  'packages/server/src/targets/target.contract.ts': '',
  'packages/server/src/routing/traffic-router.ts': '',
  'packages/server/src/routing/traffic-router.contract.ts': '',
};

const problemsOf = (from: string, specifier: string, keyword: string): string[] => {
  const tree = sourceTreeOf({ ...world, [from]: `\n${keyword} { a } from '${specifier}';\n` });
  return checkImportTable(tree).map(({ file, line, problem }) => `${file}:${line} ${problem}`);
};

const value = 'import';
const types = 'import type';

test.each([
  ['packages/core/src/rollout/a.ts', value, '../kernel/hash.ts'],
  ['packages/core/src/rollout/strategies/a.ts', value, '../../analysis/tick.ts'],
  ['packages/core/src/rollout/a.ts', value, '@sluice/core/traffic/split.ts'],
  ['packages/core/src/regions/a.ts', types, '../rollout/state.ts'],
  ['packages/config/src/a.ts', value, '@sluice/core/rollout/step.ts'],
  ['packages/host/src/router/a.ts', value, '@sluice/core/traffic/split.ts'],
  ['packages/host/src/router/a.ts', value, '@sluice/protocol/host/host-schema.ts'],
  ['packages/host/src/router/a.ts', value, '../supervisor/b.ts'],
  ['packages/cli/src/commands/plan.ts', value, '@sluice/config/parse.ts'],
  ['packages/server/src/store/a.ts', types, '@sluice/core/rollout/state.ts'],
  ['packages/server/src/store/a.ts', value, '@sluice/core/kernel/failure.ts'],
  ['packages/server/src/rollouts/a.ts', value, '../store/rows.ts'],
  ['packages/server/src/rollouts/a.ts', types, '../targets/target.ts'],
  ['packages/server/src/rollouts/a.ts', value, '@sluice/config/parse.ts'],
  ['packages/server/src/targets/local/a.ts', value, '../target.ts'],
  ['packages/server/src/targets/local/a.ts', types, '../revision-record.ts'],
  ['packages/server/src/targets/local/a.ts', value, './b.ts'],
  ['packages/server/src/targets/local/a.ts', value, '../../host-client/host-client.ts'],
  ['packages/server/src/targets/local/a.ts', value, '@sluice/protocol/host/host-schema.ts'],
  ['packages/server/src/host-client/a.ts', value, '@sluice/protocol/host/host-schema.ts'],
  ['packages/server/src/targets/kubernetes/a.ts', value, '../../kubernetes/client.ts'],
  ['packages/server/src/api/http/a.ts', value, '../../rollouts/status.ts'],
  ['packages/server/src/run-server.ts', value, './targets/local/a.ts'],
  ['packages/server/src/run-server.ts', value, './api/http/a.ts'],
  ['packages/simulation/src/a.ts', value, '@sluice/server/targets/local/a.ts'],
  ['packages/core/src/kernel/a.test.ts', value, '../rollout/step.ts'],
  ['packages/host/src/a.test.ts', value, '@sluice/test-all/skip-report.ts'],
  ['packages/cli/test/a.test.ts', value, '@sluice/server/api/http/a.ts'],
])('%s may: %s %s', (from, keyword, specifier) => {
  expect(problemsOf(from, specifier, keyword)).toEqual([]);
});

test.each([
  ['packages/core/src/kernel/a.ts', value, '../rollout/step.ts'],
  ['packages/core/src/analysis/a.ts', types, '../rollout/step.ts'],
  ['packages/core/src/regions/a.ts', value, '../rollout/state.ts'],
  ['packages/core/src/rollout/a.ts', value, '@sluice/protocol/host/host-schema.ts'],
  ['packages/protocol/src/host/a.ts', types, '@sluice/core/kernel/ids.ts'],
  ['packages/config/src/a.ts', value, '@sluice/server/main.ts'],
  ['packages/host/src/router/a.ts', value, '@sluice/core/rollout/step.ts'],
  ['packages/cli/src/commands/up.ts', value, '@sluice/server/main.ts'],
  ['packages/server/src/store/a.ts', value, '@sluice/core/rollout/decide.ts'],
  ['packages/server/src/store/a.ts', value, '../rollouts/b.ts'],
  ['packages/server/src/rollouts/a.ts', value, '../targets/target.ts'],
  ['packages/server/src/rollouts/a.ts', value, '../targets/capacity.ts'],
  ['packages/server/src/rollouts/a.ts', value, '../host-client/host-client.ts'],
  ['packages/server/src/main.ts', value, './targets/local/a.ts'],
  ['packages/server/src/rollouts/a.ts', types, '../api/http/b.ts'],
  ['packages/server/src/rollouts/a.ts', value, '../targets/local/b.ts'],
  ['packages/server/src/targets/choose.ts', value, './local/b.ts'],
  ['packages/server/src/targets/local/a.ts', value, '../kubernetes/b.ts'],
  ['packages/server/src/targets/local/a.ts', value, '../capacity.ts'],
  ['packages/server/src/targets/local/a.ts', value, '../../store/rows.ts'],
  ['packages/server/src/targets/local/a.ts', types, '../../routing/traffic-router.ts'],
  ['packages/server/src/api/http/a.ts', value, '../../store/rows.ts'],
  ['packages/server/src/api/http/a.ts', value, '../../main.ts'],
  ['packages/server/src/loose.ts', value, './rollouts/b.ts'],
  ['packages/host/src/a.ts', value, '@sluice/simulation/world.ts'],
  ['packages/cli/test/a.test.ts', value, '@sluice/benchmarks/load.ts'],
  ['packages/core/src/kernel/a.test.ts', value, '@sluice/server/main.ts'],
  ['packages/host/src/a.ts', value, './b.test.ts'],
  ['packages/server/src/rollouts/a.ts', value, '../store/testing/database.ts'],
  ['packages/host/src/a.ts', value, '../../protocol/src/host/host-schema.ts'],
])('%s may not: %s %s', (from, keyword, specifier) => {
  expect(problemsOf(from, specifier, keyword)).toEqual([expect.stringContaining(`${from}:2 `)]);
});

test('a dynamic import and a type query are imports as well', () => {
  const text =
    "export const load = () => import('../rollout/step.ts');\nexport type S = import('../rollout/step.ts').S;\n";
  const tree = sourceTreeOf({ ...world, 'packages/core/src/kernel/a.ts': text });
  expect(checkImportTable(tree).map(({ line }) => line)).toEqual([1, 2]);
});

test('a refusal says what the folder may import', () => {
  expect(problemsOf('packages/host/src/a.ts', '@sluice/config/parse.ts', value)).toEqual([
    'packages/host/src/a.ts:2 host/a.ts may not import config/parse.ts (it may import core/kernel, core/traffic, core/analysis/histogram.ts, core/ledger, protocol, sandbox)',
  ]);
});

test('an adapter of a port without a contract is told to write the contract', () => {
  expect(problemsOf('packages/server/src/metrics/host/a.ts', '../metrics-provider.ts', types)).toEqual([
    expect.stringContaining('server/metrics/metrics-provider.ts is no port'),
  ]);
});
