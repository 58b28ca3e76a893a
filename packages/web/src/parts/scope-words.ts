import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';

/** Where something holds; a part that is not there stands for every one. */
export type GateScope = FreezeView['scope'];

/** What a scope can be narrowed by. */
export type ScopePart = keyof GateScope;

/** The parts of a scope as people know them, the widest first. */
export const SCOPE_LABELS: readonly (readonly [ScopePart, string])[] = [
  ['project', 'Project'],
  ['application', 'Application'],
  ['environment', 'Environment'],
  ['component', 'Component'],
];

/** Where something holds, in words: `project shop, environment production`. */
export const scopeWords = (scope: GateScope): string => partsWords(scope) || 'the whole organisation';

/** Where a freeze holds; one of the whole system holds in every organisation: `environment production of every organisation`. */
export function reachWords({ scope, system }: Pick<FreezeView, 'scope' | 'system'>): string {
  if (!system) return scopeWords(scope);
  const narrowed = partsWords(scope);
  return narrowed === '' ? 'every organisation' : `${narrowed} of every organisation`;
}

const partsWords = (scope: GateScope): string =>
  SCOPE_LABELS.flatMap(([part, label]) => {
    const name = scope[part];
    return name === undefined ? [] : [`${label.toLowerCase()} ${name}`];
  }).join(', ');
