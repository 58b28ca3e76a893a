import type { UserMatch } from '@sluice/core/rollout/step.ts';
import type { MatchCondition } from '@sluice/core/traffic/split.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from '../workloads/adoption-notes.ts';
import { containsWords } from '../workloads/contained-text.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import type { TestMatch, TextPattern } from './canary-spec.ts';
import { cookieOf, simplePattern } from './regex-conditions.ts';

const WHAT_IS_POSSIBLE =
  'Sluice matches headers and cookies by the whole value, by its beginning or by a list of values. Let the caller send a header with one value for all who should be in the test.';

/** `spec.analysis.match`: any of the list, and all conditions in one of them. What cannot be said is a fault. */
export const adoptMatches = (
  notes: AdoptionNotes,
  document: ManifestDocument,
  matches: readonly TestMatch[],
): readonly UserMatch[] =>
  matches.map((match, index) => ({
    conditions: conditionsOf(notes, document, match, ['spec', 'analysis', 'match', index]),
  }));

function conditionsOf(
  notes: AdoptionNotes,
  document: ManifestDocument,
  { headers, queryParams, sourceLabels }: TestMatch,
  path: ManifestPath,
): readonly MatchCondition[] {
  if (queryParams)
    notes.fault(
      document,
      [...path, 'queryParams'],
      `Parameters of the query cannot be matched. ${WHAT_IS_POSSIBLE}`,
    );
  if (sourceLabels)
    notes.fault(
      document,
      [...path, 'sourceLabels'],
      `Sluice does not match by who calls within the mesh. ${WHAT_IS_POSSIBLE}`,
    );
  const named = Object.entries(headers ?? {});
  if (named.length === 0 && !queryParams && !sourceLabels)
    notes.fault(document, path, 'A match without conditions would take every request.');
  return named.flatMap(([name, pattern]) => {
    const condition = conditionOf(name.toLowerCase(), pattern);
    if (condition) return [condition];
    notes.fault(
      document,
      [...path, 'headers', name],
      `This pattern says more than Sluice can match.${containsWords(pattern.regex ?? '')} ${WHAT_IS_POSSIBLE}`,
    );
    return [];
  });
}

function conditionOf(name: string, pattern: TextPattern): MatchCondition | undefined {
  const on = 'header' as const;
  if (pattern.exact !== undefined) return { on, name, equals: pattern.exact };
  if (pattern.prefix !== undefined) return { on, name, prefix: pattern.prefix };
  if (pattern.regex === undefined) return undefined;
  const cookie = name === 'cookie' ? cookieOf(pattern.regex) : undefined;
  if (cookie) return { on: 'cookie', ...cookie };
  const simple = simplePattern(pattern.regex);
  return simple && { on, name, ...simple };
}
