import type { PolicyOutcomeView } from '@sluice/protocol/http/policy-outcomes.ts';
import type { PolicyView } from '@sluice/protocol/http/policies.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import { harmless } from './text-width.ts';

/** The policies in force as a table. */
export function policyLines(policies: readonly PolicyView[]): readonly string[] {
  const rows = policies.map(({ name, version, actions, projects, applications, environments, changedBy }) =>
    [
      name,
      String(version),
      actions.join(', '),
      projects.join(', '),
      applications.join(', '),
      environments.join(', '),
      changedBy,
    ].map(harmless),
  );
  const titles = ['POLICY', 'VERSION', 'ACTION', 'PROJECTS', 'APPLICATIONS', 'ENVIRONMENTS', 'BY'];
  return [
    ...table(
      titles.map((title) => ({ title })),
      rows,
    ),
    ...(policies.length === 0
      ? ['No policy is in force; `sluice policies add --starter` adds the set that comes with Sluice.']
      : []),
  ];
}

/** What each policy said: a line for each, and one for each finding. */
export function outcomeLines(
  outcomes: readonly PolicyOutcomeView[],
  { paint, symbols }: Style,
): readonly string[] {
  return outcomes.flatMap(({ policy, actions, asked, findings }) => {
    if (asked === 0)
      return [`${paint('dim', symbols.todo)} ${harmless(policy)}: not asked, nothing is of its kind`];
    if (findings.length === 0) return [`${paint('good', symbols.done)} ${harmless(policy)}`];
    const lines = findings.map(({ component, object, message }) =>
      harmless(`    ${object ?? component}: ${message}`),
    );
    return [`${paint('bad', symbols.failed)} ${harmless(policy)} (${actions.join(', ')})`, ...lines];
  });
}
