import { hash32 } from '../kernel/hash.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import type { Match, MatchCondition, Split, Weight } from './split.ts';

/** What a router knows of one request; asked only for what the split needs, so that nothing is parsed in vain. */
export interface RequestFacts {
  /** The path without its query, as the client wrote it. */
  readonly path: string;
  /** The value of a header, by its name in lower case; undefined when the request has none. */
  header(name: string): string | undefined;
  /** The value of a cookie; undefined when the request has none. */
  cookie(name: string): string | undefined;
}

/**
 * The revision that a request goes to: the first match that holds, or else the weights by `place`.
 * @param place 0 to 9,999: `stickyPlace` of the request's key, or a random number when it has none
 * @returns undefined when the split serves nothing
 */
export function chooseRevision(split: Split, request: RequestFacts, place: number): RevisionId | undefined {
  for (const match of split.matches) if (matches(match, request)) return match.revision;
  return revisionAt(split.weights, place);
}

/** Whether all conditions of a match hold for a request. */
export function matches(match: Match, request: RequestFacts): boolean {
  for (const condition of match.conditions) {
    const value = valueFor(condition, request);
    if (value === undefined || !holds(condition, value)) return false;
  }
  return true;
}

/**
 * Where a key stands on a split, from 0 to 9,999; the same key and salt always stand at the same place. Under another
 * salt the same keys stand elsewhere, independently.
 */
export const stickyPlace = (key: string, salt: string): number =>
  hash32(key, hash32(salt)) % WHOLE_BASIS_POINTS;

/** The first weight whose running sum exceeds the place; undefined when the weights are empty. */
export function revisionAt(weights: readonly Weight[], place: number): RevisionId | undefined {
  let sum = 0;
  for (const weight of weights) {
    sum += weight.basisPoints;
    if (place < sum) return weight.revision;
  }
  return undefined;
}

function valueFor(condition: MatchCondition, request: RequestFacts): string | undefined {
  if (condition.on === 'path') return request.path;
  if (condition.name === undefined) return undefined;
  return condition.on === 'header' ? request.header(condition.name) : request.cookie(condition.name);
}

function holds(condition: MatchCondition, value: string): boolean {
  if (condition.equals !== undefined) return value === condition.equals;
  if (condition.prefix !== undefined) return value.startsWith(condition.prefix);
  return condition.oneOf?.includes(value) ?? false;
}
