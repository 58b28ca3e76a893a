import { unknownName } from '../diagnostics/nearest-name.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { FileRule } from './rule.ts';

/** What has to be stable elsewhere before is in an environment that exists, and environments do not wait for each other. */
export const environmentsFollow: FileRule = (input) => {
  const environments = input.environments ?? {};
  const names = Object.keys(environments);
  return Object.entries(environments).flatMap(([environment, keys]): readonly Fault[] => {
    const path = ['environments', environment, 'after'];
    const after = keys?.after;
    if (keys?.soak !== undefined && after === undefined)
      return [
        {
          path: ['environments', environment, 'soak'],
          at: 'key',
          says: 'has no effect without `after`, which names the environment',
        },
      ];
    if (after === undefined) return [];
    if (!names.includes(after)) {
      const { says, ...rest } = unknownName(after, names, 'environment');
      const found = JSON.stringify(after);
      return [{ path, at: 'value', says: `names "${after}", which ${says}`, found, ...rest }];
    }
    if (!isBehindItself(environment, (name) => environments[name]?.after)) return [];
    return [
      {
        path,
        at: 'value',
        says: `would wait for itself: ${environment} comes after ${after}, and ${after} after ${environment}`,
        found: JSON.stringify(after),
      },
    ];
  });
};

function isBehindItself(first: string, after: (name: string) => string | undefined): boolean {
  const seen = new Set<string>();
  for (let name = after(first); name !== undefined && !seen.has(name); name = after(name)) {
    if (name === first) return true;
    seen.add(name);
  }
  return false;
}
