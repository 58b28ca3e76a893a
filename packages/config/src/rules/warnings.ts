import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import type { CriteriaInput } from '../language/criteria-language.ts';
import type { Loose } from '../reading/loose.ts';
import { strategyChoices, writtenStrategies } from '../resolve/placed-strategy.ts';
import { writtenCriteria } from '../resolve/resolve-criteria.ts';
import { baseOf, bodyOf } from '../resolve/strategy-body.ts';
import { kubernetesDoubts } from './kubernetes/kubernetes-doubts.ts';
import { namedChecks } from './known-names.ts';

/**
 * What is allowed but probably not meant.
 *
 * @param chosen the strategy that the person asks for beside the file, if any
 */
export function doubts(input: Loose<ApplicationInput>, chosen: string | undefined): readonly Fault[] {
  return [
    ...unusedStrategies(input, chosen),
    ...unusedChecks(input),
    ...impliedCriteria(input),
    ...writtenPasswords(input),
    ...kubernetesDoubts(input),
  ];
}

/** A strategy that is kept for `--strategy` is no mistake, so one sentence for all names the option. */
function unusedStrategies(input: Loose<ApplicationInput>, chosen: string | undefined): readonly Fault[] {
  const used = [chosen, ...strategyChoices(input).map(({ value }) => value)];
  const [first, ...others] = Object.keys(input.strategies ?? {}).filter((name) => !used.includes(name));
  if (first === undefined) return [];
  const says =
    others.length === 0
      ? `is used by no component; only \`--strategy ${first}\` chooses it`
      : `is used by no component, nor ${others.length === 1 ? 'is' : 'are'} ${others.join(', ')}; only \`--strategy\` chooses them`;
  return [{ path: ['strategies', first], at: 'key', says }];
}

function unusedChecks(input: Loose<ApplicationInput>): readonly Fault[] {
  const used = writtenStrategies(input).flatMap((strategy) => namedChecks(strategy).map(({ name }) => name));
  return Object.keys(input.checks ?? {})
    .filter((name) => !used.includes(name))
    .map((name) => ({ path: ['checks', name], at: 'key', says: 'is used by no strategy' }));
}

/** `p50 < 300ms` says nothing beside `p99 < 200ms`. */
function impliedCriteria(input: Loose<ApplicationInput>): readonly Fault[] {
  const places: { criteria: Loose<CriteriaInput> | undefined; path: SourcePath }[] = [
    { criteria: input.analysis?.criteria, path: ['analysis', 'criteria'] },
    ...writtenStrategies(input).flatMap((strategy) => {
      const { base, path } = baseOf(strategy);
      const phases = bodyOf(strategy, 'canary').phases ?? [];
      return [
        { criteria: base.criteria, path: [...path, 'criteria'] },
        ...phases.map((phase, index) => ({
          criteria: phase?.criteria,
          path: [...path, 'phases', index, 'criteria'],
        })),
      ];
    }),
  ];
  return places.flatMap(({ criteria, path }) => implied(criteria, path));
}

const QUANTILES = ['p50', 'p90', 'p95', 'p99'] as const;

function implied(criteria: Loose<CriteriaInput> | undefined, path: SourcePath): readonly Fault[] {
  const limits = writtenCriteria(criteria).flatMap(({ metric, limit }) => {
    const rank = QUANTILES.findIndex((quantile) => quantile === metric);
    return rank < 0 || limit === undefined ? [] : [{ metric, rank, limit }];
  });
  return limits.flatMap(({ metric, rank, limit }): readonly Fault[] => {
    const stricter = limits.find((other) => other.rank > rank && other.limit <= limit);
    if (!stricter) return [];
    return [
      {
        path: [...path, metric],
        at: 'key',
        says: `says nothing beside ${stricter.metric}, whose limit is not larger`,
      },
    ];
  });
}

/** A URL with a password in the file is in Git soon. */
function writtenPasswords(input: Loose<ApplicationInput>): readonly Fault[] {
  return Object.entries(input.components ?? {}).flatMap(([name, component]) => {
    const inEnv = Object.entries(component?.env ?? {}).map(([key, value]) => ({ value, path: ['env', key] }));
    const inNeeds = (component?.needs ?? []).flatMap((need, index) =>
      Object.entries(need ?? {}).map(([key, value]) => ({ value, path: ['needs', index, key] })),
    );
    return [...inEnv, ...inNeeds]
      .filter(({ value }) => typeof value === 'string' && /:\/\/[^/\s:@]+:[^/\s@]+@/.test(value))
      .map(({ path }) => ({
        path: ['components', name, ...path],
        at: 'key' as const,
        says: 'has a password in it; keep it in secrets',
      }));
  });
}
