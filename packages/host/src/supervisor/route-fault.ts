import type { MatchCondition, StickyKey } from '@sluice/core/traffic/split.ts';
import type { RoutePolicy, SplitOrder } from '@sluice/protocol/host/host-schema.ts';
import { splitFromWire } from './wire-split.ts';

/** A header or cookie name (RFC 9110 `token`): anything else could write headers of its own into an answer. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/;
/** A host name or address without a port. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$/;
/** The path of a request target, without query and fragment. */
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x7e]{0,2000}$/;

/** What is wrong with the route of a split, or with where it looks in a request; undefined when nothing is. */
export function routeFault(order: SplitOrder): string | undefined {
  const { host, path, goal } = order.route;
  if (host !== null && !HOST.test(host)) return `${shown(host)} is not a host name without a port`;
  if (!PATH.test(path)) return `${shown(path)} is not a path`;
  if (goal !== null && !(PATH.test(goal.path) && PATH.test(goal.from)))
    return 'its goal does not name two paths';
  const split = splitFromWire(order);
  const conditions = split.matches.flatMap((match) => match.conditions);
  const bad = conditions.map(conditionFault).find((fault) => fault !== undefined);
  return bad ?? stickyFault(split.sticky);
}

/** Whether two tracks would ask for the same requests. */
export const sameRoute = (one: RoutePolicy, other: RoutePolicy): boolean =>
  one.host?.toLowerCase() === other.host?.toLowerCase() &&
  withoutSlash(one.path) === withoutSlash(other.path);

function conditionFault({ on, name, equals, prefix, oneOf }: MatchCondition): string | undefined {
  if (on === 'path' ? name !== undefined : name === undefined || !TOKEN.test(name))
    return `a match on a ${on} has ${shown(name ?? 'no name')} as its name`;
  const given = [equals, prefix, oneOf].filter((value) => value !== undefined).length;
  return given === 1
    ? undefined
    : `a match on a ${on} needs one of equals, prefix and oneOf, and has ${given}`;
}

function stickyFault(sticky: StickyKey | null): string | undefined {
  if (sticky === null || sticky.by === 'address' || TOKEN.test(sticky.name)) return undefined;
  return `${shown(sticky.name)} is not the name of a ${sticky.by}`;
}

const withoutSlash = (path: string): string => path.replace(/\/+$/, '');

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
