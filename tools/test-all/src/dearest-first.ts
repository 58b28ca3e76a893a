/**
 * The files that take longest, of all tests. Begun last, one of them would run alone while the other processors have nothing
 * left to do; vitest knows what takes long only where it has run before, which a fresh machine has not.
 */
const dearest = [
  'packages/cli/test/control-plane-killed.test.ts',
  'packages/cli/test/machine-comes-back.test.ts',
  'packages/cli/test/up-and-down.test.ts',
  'packages/server/test/kubernetes/in-place.test.ts',
  'packages/server/test/kubernetes/prometheus.test.ts',
  'packages/web/test/states.test.ts',
  'packages/web/test/rollouts.test.ts',
  'packages/web/test/settings.test.ts',
  'packages/web/test/hostile-text.test.ts',
  'packages/web/test/reachable.test.ts',
  'packages/server/test/agents/kills.test.ts',
  'packages/host/test/host-restart.test.ts',
  'packages/server/src/store/embedded/start-embedded-postgres.test.ts',
  'packages/server/src/store/tasks/task-plans.test.ts',
  'packages/core/src/analysis/judge-simulation.test.ts',
];

/** Groups in their order, in each the files that take longest, and then the others as they came. */
export function dearestFirst<File>(
  files: readonly File[],
  of: (file: File) => { readonly group: number; readonly path: string },
): File[] {
  const placed = files.map((file) => {
    const { group, path } = of(file);
    return { file, group, isDear: dearest.some((end) => path.endsWith(end)) };
  });
  return placed
    .toSorted((a, b) => a.group - b.group || Number(b.isDear) - Number(a.isDear))
    .map(({ file }) => file);
}
