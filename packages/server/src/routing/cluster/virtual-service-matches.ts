import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Match, MatchCondition } from '@sluice/core/traffic/split.ts';
import { cookiePattern, headerPattern } from './match-patterns.ts';
import { bothTests, byLetters, type PathTest } from './path-test.ts';
import { cannotSay } from './refuse-split.ts';

/** A text to be matched: one of `exact`, `prefix` and `regex`. */
export interface StringMatch extends JsonObject {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

/** One of `match[]` of an HTTP route, as far as Sluice reads it. */
export interface HttpMatch extends JsonObject {
  readonly uri?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
}

/**
 * A match of ours together with each of a route's own: all of both must hold. The first route that matches wins.
 *
 * @returns no match when no request can meet both
 * @throws SluiceError `unsupported` when two conditions ask for the same header, or a path is a pattern already
 */
export function httpMatchesOf(
  own: readonly HttpMatch[] | undefined,
  { conditions }: Match,
): readonly HttpMatch[] {
  return (own?.length ? own : [{}]).flatMap((one) => {
    const headers = headersOf(one.headers ?? {}, conditions);
    const withHeaders: HttpMatch = Object.keys(headers).length === 0 ? one : { ...one, headers };
    return urisOf(one.uri, conditions).map((uri) => (uri ? { ...withHeaders, uri } : withHeaders));
  });
}

function headersOf(
  own: Readonly<Record<string, StringMatch>>,
  conditions: readonly MatchCondition[],
): Readonly<Record<string, StringMatch>> {
  const all = new Map(Object.entries(own));
  for (const condition of conditions.filter(({ on }) => on !== 'path')) {
    const name = condition.on === 'cookie' ? 'cookie' : (condition.name ?? '').toLowerCase();
    const asked = headerMatch(condition);
    const present = all.get(name);
    if (present !== undefined && canonicalJson(present) !== canonicalJson(asked))
      throw cannotSay(`a VirtualService cannot ask twice for the header ${name}`);
    all.set(name, asked);
  }
  return Object.fromEntries(all);
}

function headerMatch(condition: MatchCondition): StringMatch {
  if (condition.on === 'cookie') return { regex: cookiePattern(condition) };
  if (condition.equals !== undefined) return { exact: condition.equals };
  return condition.prefix === undefined ? { regex: headerPattern(condition) } : { prefix: condition.prefix };
}

function urisOf(
  own: StringMatch | undefined,
  conditions: readonly MatchCondition[],
): readonly (StringMatch | undefined)[] {
  const asked = conditions.filter(({ on }) => on === 'path');
  if (asked.length === 0) return [own];
  let tests: readonly (PathTest | undefined)[] = [testOf(own)];
  for (const condition of asked)
    tests = tests.flatMap((test) => {
      const both = bothTests(test, condition, byLetters);
      if (both === undefined) throw cannotSay('a path that is a regular expression cannot be narrowed');
      return both;
    });
  return tests.map((test) => {
    if (test === undefined) return undefined;
    return test.kind === 'exact' ? { exact: test.value } : { prefix: test.value };
  });
}

function testOf(uri: StringMatch | undefined): PathTest | undefined {
  if (uri?.exact !== undefined) return { kind: 'exact', value: uri.exact };
  if (uri?.prefix !== undefined) return { kind: 'prefix', value: uri.prefix };
  return uri?.regex === undefined ? undefined : { kind: 'pattern', value: uri.regex };
}

/** The matches of a path and all below it: of `/shop` neither `/shopping` nor anything beside it. */
export function matchesBelow(path: string): readonly HttpMatch[] | undefined {
  if (path === '/') return undefined;
  const bare = path.replace(/\/$/, '');
  return [{ uri: { exact: bare } }, { uri: { prefix: `${bare}/` } }];
}
