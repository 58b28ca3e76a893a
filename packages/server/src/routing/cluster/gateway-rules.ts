import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import { matchesOf, refuseOutranked, type RouteMatch } from './gateway-matches.ts';
import type { RouteNames, RuleBackends } from './route-kind.ts';

/** One of `backendRefs[]`, as far as Sluice reads it. */
export interface BackendRef extends JsonObject {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
}

/** One of `rules[]` of a route. */
export interface RouteRule extends JsonObject {
  readonly name?: string;
  readonly matches?: readonly RouteMatch[];
  readonly filters?: readonly JsonObject[];
  readonly backendRefs?: readonly BackendRef[];
}

/** Where a rule stands, and what in it is ours. */
export interface RulePlace {
  readonly names: RouteNames;
  readonly namespace: string;
  /** What names of added rules begin with; null: they get none, because the whole route is ours. */
  readonly prefix: string | null;
}

/** Whether a backend is the track's Service or that of one of its revisions. */
export const isOurs = ({ names, namespace }: Omit<RulePlace, 'prefix'>, ref: BackendRef): boolean =>
  (ref.group ?? '') === '' &&
  (ref.kind ?? 'Service') === 'Service' &&
  (ref.namespace ?? namespace) === namespace &&
  names.isOfTrack(ref.name);

/**
 * A rule in front for each match, and the rule itself with the weights. Backends that are not ours keep their part of the
 * rule: ours have 10,000 together, and theirs are scaled to that once. Filters stay, but for a mirror of ours.
 */
export function splitRule(place: RulePlace, split: Split, rule: RouteRule): readonly RouteRule[] {
  const ours = (rule.backendRefs ?? []).filter((ref) => isOurs(place, ref));
  const foreign = (rule.backendRefs ?? []).filter((ref) => !isOurs(place, ref));
  const backend = backendMaker(place.names, ours[0]);
  const weighted = split.weights.map(({ revision, basisPoints }) => backend(revision, basisPoints));
  const main: RouteRule = {
    ...withMirror(place, split, rule, null),
    backendRefs: [
      // Without any revision the rule still says whose it is; nobody gets a request by a weight of 0.
      ...(weighted.length > 0 ? weighted : [{ ...backend(null, 0), name: place.names.trackService }]),
      ...scaled(foreign, ours),
    ],
  };
  const matched = split.matches.map((match, index) => ({
    revision: match.revision,
    rule: {
      ...withMirror(place, split, rule, match.revision),
      ...(place.prefix === null ? {} : { name: `${place.prefix}${index}` }),
      matches: matchesOf(rule.matches, match),
      backendRefs: [backend(match.revision, 1)],
    },
  }));
  refuseOutranked(matched.map(({ revision, rule: { matches } }) => ({ revision, matches })));
  return [...matched.map((one) => one.rule).filter(({ matches }) => matches.length > 0), main];
}

/** A revision's Service serves under the ports of the track's, so whatever a backend said beside the name stays. */
function backendMaker(names: RouteNames, template: BackendRef | undefined) {
  return (revision: RevisionId | null, weight: number): BackendRef => ({
    ...template,
    name: revision === null ? names.trackService : names.serviceOf(revision),
    port: template?.port ?? names.port,
    weight,
  });
}

function scaled(foreign: readonly BackendRef[], ours: readonly BackendRef[]): readonly BackendRef[] {
  const sum = ours.reduce((total, { weight = 1 }) => total + weight, 0);
  if (sum === 0 || sum === WHOLE_BASIS_POINTS) return foreign;
  return foreign.map((ref) => ({
    ...ref,
    weight: Math.round(((ref.weight ?? 1) * WHOLE_BASIS_POINTS) / sum),
  }));
}

/** A copy for the mirror goes with whatever another revision gets. */
function withMirror(
  place: RulePlace,
  { mirror }: Split,
  rule: RouteRule,
  revision: RevisionId | null,
): RouteRule {
  const { filters = [], ...rest } = rule;
  const kept = filters.filter((filter) => {
    const backendRef = mirroredTo(filter);
    return backendRef === undefined || !isOurs(place, backendRef);
  });
  const copied =
    mirror === null || mirror.revision === revision
      ? []
      : [
          {
            type: 'RequestMirror',
            requestMirror: {
              backendRef: { name: place.names.serviceOf(mirror.revision), port: place.names.port },
              fraction: { numerator: mirror.basisPoints, denominator: WHOLE_BASIS_POINTS },
            },
          },
        ];
  const all = [...kept, ...copied];
  return all.length === 0 ? rest : { ...rest, filters: all };
}

const mirroredTo = ({ requestMirror }: JsonObject): BackendRef | undefined =>
  (requestMirror as { readonly backendRef?: BackendRef } | undefined)?.backendRef;

/** Who gets what of a rule; backends of other namespaces and kinds are nobody of ours. */
export function ruleBackends(
  place: Omit<RulePlace, 'prefix'>,
  { backendRefs = [], filters = [] }: RouteRule,
): RuleBackends {
  return {
    weights: backendRefs
      .filter((ref) => isOurs(place, ref))
      .map(({ name, weight = 1 }) => ({ service: name, weight })),
    mirrors: filters.flatMap((filter) => {
      const ref = mirroredTo(filter);
      return ref !== undefined && isOurs(place, ref) ? [ref.name] : [];
    }),
  };
}
