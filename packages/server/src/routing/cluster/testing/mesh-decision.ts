import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { drawn, isWhole, listIn, type AskedRequest, type Decision } from './decision.ts';

interface Text extends JsonObject {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

/**
 * For tests: what a sidecar does with a request by the spec of a VirtualService. It is written from the reference of Istio
 * and shares nothing with the router under test: the first route that matches wins.
 */
export function meshDecision(spec: JsonObject, request: AskedRequest): Decision | null {
  if (!((spec['hosts'] ?? []) as readonly string[]).includes(request.host)) return null;
  const route = listIn(spec, 'http').find((one) => {
    const matches = listIn(one, 'match');
    return matches.length === 0 || matches.some((match) => holds(match, request));
  });
  if (route === undefined) return null;
  const destinations = listIn(route, 'route') as readonly {
    readonly destination: { readonly host: string };
    readonly weight?: number;
  }[];
  const isOnly = destinations.length === 1;
  return {
    service: drawn(
      destinations.map(({ destination, weight }) => ({
        service: destination.host,
        weight: isOnly ? 1 : (weight ?? 0),
      })),
    ),
    copies: copiesOf(route),
  };
}

function copiesOf(route: JsonObject): readonly string[] {
  const single = route['mirror'] as { readonly host: string } | undefined;
  const percentage = route['mirrorPercentage'] as { readonly value: number } | undefined;
  const listed = listIn(route, 'mirrors') as readonly {
    readonly destination: { readonly host: string };
    readonly percentage?: { readonly value: number };
  }[];
  const all = [
    ...(single ? [{ host: single.host, value: percentage?.value }] : []),
    ...listed.map((one) => ({ host: one.destination.host, value: one.percentage?.value })),
  ];
  return all.filter(({ value = 100 }) => Math.random() * 100 < value).map(({ host }) => host);
}

function holds(match: JsonObject, { path, headers }: AskedRequest): boolean {
  const uri = match['uri'] as Text | undefined;
  if (uri !== undefined && !textHolds(uri, path)) return false;
  const asked = (match['headers'] ?? {}) as Readonly<Record<string, Text>>;
  return Object.entries(asked).every(([name, text]) => {
    const actual = headers[name];
    return actual !== undefined && textHolds(text, actual);
  });
}

function textHolds({ exact, prefix, regex }: Text, actual: string): boolean {
  if (exact !== undefined) return actual === exact;
  return prefix === undefined ? isWhole(regex ?? '', actual) : actual.startsWith(prefix);
}
