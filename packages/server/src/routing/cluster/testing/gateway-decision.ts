import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { drawn, isWhole, listIn, type AskedRequest, type Decision } from './decision.ts';

interface Test extends JsonObject {
  readonly type?: string;
  readonly name: string;
  readonly value: string;
}

/**
 * For tests: what a gateway does with a request by the spec of an HTTPRoute. It is written from the specification of the
 * Gateway API and shares nothing with the router under test: of all matches the most specific one wins.
 */
export function gatewayDecision(spec: JsonObject, request: AskedRequest): Decision | null {
  const hosts = (spec['hostnames'] ?? []) as readonly string[];
  if (hosts.length > 0 && !hosts.includes(request.host)) return null;
  const found = listIn(spec, 'rules')
    .flatMap((rule) => listIn(rule, 'matches').map((match) => ({ rule, match })))
    .filter(({ match }) => holds(match, request))
    .toSorted((a, b) => rank(b.match) - rank(a.match));
  const rule = found[0]?.rule;
  if (rule === undefined) return null;
  const backends = listIn(rule, 'backendRefs') as readonly {
    readonly name: string;
    readonly weight?: number;
  }[];
  return {
    service: drawn(backends.map(({ name, weight = 1 }) => ({ service: name, weight }))),
    copies: listIn(rule, 'filters').flatMap(copyOf),
  };
}

function copyOf({ requestMirror }: JsonObject): readonly string[] {
  if (requestMirror === undefined) return [];
  const { backendRef, fraction } = requestMirror as {
    readonly backendRef: { readonly name: string };
    readonly fraction?: { readonly numerator: number; readonly denominator: number };
  };
  const share = fraction === undefined ? 1 : fraction.numerator / fraction.denominator;
  return Math.random() < share ? [backendRef.name] : [];
}

/** An exact path is above every prefix, a longer prefix above a shorter one, and more headers decide at last. */
function rank(match: JsonObject): number {
  const path = match['path'] as Test | undefined;
  const byPath = path?.type === 'Exact' ? 1_000_000 : (path?.value.length ?? 1) * 100;
  return byPath + listIn(match, 'headers').length;
}

function holds(match: JsonObject, { path, headers }: AskedRequest): boolean {
  const asked = match['path'] as Test | undefined;
  if (asked !== undefined && !pathHolds(asked, path)) return false;
  return (listIn(match, 'headers') as readonly Test[]).every(({ type, name, value }) => {
    const actual = headers[name.toLowerCase()];
    if (actual === undefined) return false;
    return type === 'RegularExpression' ? isWhole(value, actual) : actual === value;
  });
}

function pathHolds({ type = 'PathPrefix', value }: Test, path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return isWhole(value, path);
  const segments = (text: string): readonly string[] => text.split('/').filter((part) => part !== '');
  return segments(value).every((segment, index) => segments(path)[index] === segment);
}
