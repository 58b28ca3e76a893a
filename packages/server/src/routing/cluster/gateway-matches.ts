import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { Match, MatchCondition } from '@sluice/core/traffic/split.ts';
import { cookiePattern, headerPattern } from './match-patterns.ts';
import { bothTests, bySegments, type PathTest } from './path-test.ts';
import { cannotSay } from './refuse-split.ts';

/** One of `matches[]` of a rule, as far as Sluice reads it. */
export interface RouteMatch extends JsonObject {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly headers?: readonly HeaderMatch[];
  readonly queryParams?: readonly JsonObject[];
}

/** One of `headers[]` of a match. */
export interface HeaderMatch extends JsonObject {
  readonly type?: string;
  readonly name: string;
  readonly value: string;
}

/**
 * A match of ours together with each of a rule's own: all of both must hold. A rule without matches takes every request.
 * Prefixes of paths end where a segment does, since every gateway can do that.
 *
 * @returns no match when no request can meet both
 * @throws SluiceError `unsupported` when two conditions ask for the same header, or a path is a pattern already
 */
export function matchesOf(own: readonly RouteMatch[] | undefined, match: Match): readonly RouteMatch[] {
  const { conditions } = match;
  return (own?.length ? own : [{}]).flatMap((one) => {
    const headers = headersOf(one.headers ?? [], conditions);
    const withHeaders: RouteMatch = headers.length === 0 ? one : { ...one, headers };
    return pathsOf(one.path, conditions).map((path) => (path ? { ...withHeaders, path } : withHeaders));
  });
}

function headersOf(
  own: readonly HeaderMatch[],
  conditions: readonly MatchCondition[],
): readonly HeaderMatch[] {
  const all = [...own];
  for (const header of conditions.filter(({ on }) => on !== 'path').map(headerMatch)) {
    const present = all.find(({ name }) => name.toLowerCase() === header.name.toLowerCase());
    if (present === undefined) all.push(header);
    else if ((present.type ?? 'Exact') !== header.type || present.value !== header.value)
      throw cannotSay(`a rule of the Gateway API cannot ask twice for the header ${header.name}`);
  }
  return all;
}

function headerMatch(condition: MatchCondition): HeaderMatch {
  if (condition.on === 'cookie')
    return { type: 'RegularExpression', name: 'cookie', value: cookiePattern(condition) };
  return condition.equals === undefined
    ? { type: 'RegularExpression', name: condition.name ?? '', value: headerPattern(condition) }
    : { type: 'Exact', name: condition.name ?? '', value: condition.equals };
}

function pathsOf(
  own: RouteMatch['path'],
  conditions: readonly MatchCondition[],
): readonly RouteMatch['path'][] {
  const asked = conditions.filter(({ on }) => on === 'path');
  if (asked.length === 0) return [own];
  let tests: readonly (PathTest | undefined)[] = [testOf(own)];
  for (const condition of asked)
    tests = tests.flatMap((test) => {
      const both = bothTests(test, condition, bySegments);
      if (both === undefined) throw cannotSay('a path that is a regular expression cannot be narrowed');
      return both;
    });
  return tests.map((test) => test && { type: TYPES[test.kind], value: test.value });
}

const TYPES = { exact: 'Exact', prefix: 'PathPrefix', pattern: 'RegularExpression' } as const;

/** A match without a path takes every one. */
function testOf(path: RouteMatch['path']): PathTest | undefined {
  if (path === undefined) return undefined;
  const { type = 'PathPrefix', value = '/' } = path;
  if (type === 'Exact') return { kind: 'exact', value };
  return type === 'PathPrefix' ? { kind: 'prefix', value } : { kind: 'pattern', value };
}

/**
 * Gateways do not go by the order of rules: the more specific match wins (Gateway API, HTTPRouteRule.matches). An order in
 * which a later match would win for a request that an earlier one takes as well is therefore refused.
 * @throws SluiceError `unsupported`
 */
export function refuseOutranked(
  ordered: readonly { readonly revision: string; readonly matches: readonly RouteMatch[] }[],
): void {
  for (const [index, { revision, matches }] of ordered.entries())
    for (const later of ordered.slice(index + 1).filter((one) => one.revision !== revision))
      for (const match of matches)
        for (const other of later.matches)
          if (mayOverlap(match, other) && isAbove(rankOf(other), rankOf(match)))
            throw cannotSay(
              `a gateway would prefer the match for ${later.revision}, which is more specific, to the one for ${revision} before it`,
            );
}

/** From the first to the last criterion: an exact path, the length of a prefix, a method, headers, query parameters. */
function rankOf({ path, method, headers = [], queryParams = [] }: RouteMatch): readonly number[] {
  const isPrefix = path !== undefined && (path.type ?? 'PathPrefix') === 'PathPrefix';
  return [
    path?.type === 'Exact' ? 1 : 0,
    isPrefix ? (path.value ?? '/').length : 0,
    method === undefined ? 0 : 1,
    headers.length,
    queryParams.length,
  ];
}

function isAbove(one: readonly number[], other: readonly number[]): boolean {
  const first = one.findIndex((rank, index) => rank !== other[index]);
  return first !== -1 && (one[first] ?? 0) > (other[first] ?? 0);
}

function mayOverlap(one: RouteMatch, other: RouteMatch): boolean {
  const excludes = (one.headers ?? []).some(({ type, name, value }) =>
    (other.headers ?? []).some(
      (header) =>
        [type ?? 'Exact', header.type ?? 'Exact'].every((kind) => kind === 'Exact') &&
        header.name.toLowerCase() === name.toLowerCase() &&
        header.value !== value,
    ),
  );
  if (excludes) return false;
  const [test, asked] = [testOf(one.path), testOf(other.path)];
  if (test === undefined || asked === undefined || asked.kind === 'pattern') return true;
  const condition = asked.kind === 'exact' ? { equals: asked.value } : { prefix: asked.value };
  return bothTests(test, { on: 'path', ...condition }, bySegments)?.length !== 0;
}
