import type { SluiceError } from '@sluice/core/kernel/failure.ts';
import { clusterRefusalOf } from '../kubernetes/failures/cluster-refusal.ts';
import type { NeededPermission } from '../kubernetes/permissions/needed-permission.ts';
import type { Objection, ObjectionKind } from './release-rehearsal.ts';

/** What an objection is about. */
export interface ObjectionPlace {
  readonly cluster: string;
  readonly component?: string;
  readonly namespace?: string;
}

/** Permissions that one message names. */
const MOST_NAMED = 8;

/** What a failed attempt stands for. */
export const objectionTo = (place: ObjectionPlace, failure: SluiceError): Objection => ({
  ...placed(place),
  kind: kindOf(failure),
  message: failure.message,
});

/** Why a cluster could not even be asked. */
export function unopened(cluster: string, failure: SluiceError): Objection {
  const isUnknown = failure.code === 'not-found' || failure.code === 'invalid-input';
  const kind = isUnknown ? 'unknown-cluster' : 'cluster-credentials';
  return { ...placed({ cluster }), kind, message: failure.message };
}

/** What is not permitted, of so many things that are needed. */
export function permissionObjection(
  place: ObjectionPlace,
  missing: readonly NeededPermission[],
  needed: number,
): Objection {
  const named = missing.slice(0, MOST_NAMED).map(sayPermission).join(', ');
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
  // Roles belong to namespaces, so that in one that is not there nothing is permitted.
  const hint = missing.length === needed ? ', or there is no such namespace' : '';
  return {
    ...placed(place),
    kind: 'missing-permission',
    message: `the credentials of the cluster ${place.cluster} may not ${named}${more} in namespace ${place.namespace ?? ''}${hint}`,
  };
}

const sayPermission = ({ verb, resource, group }: NeededPermission): string =>
  `${verb} ${group === '' ? resource : `${resource}.${group}`}`;

const placed = ({ cluster, component = '', namespace = '' }: ObjectionPlace) => ({
  cluster,
  component: component === '' ? null : component,
  namespace: namespace === '' ? null : namespace,
});

function kindOf(failure: SluiceError): ObjectionKind {
  switch (clusterRefusalOf(failure)?.reason) {
    case undefined:
      return kindWithoutAnswer(failure);
    case 'not-authenticated':
      return 'cluster-credentials';
    case 'not-permitted':
      return 'missing-permission';
    case 'invalid':
      return 'invalid-objects';
    case 'overloaded':
      return 'cluster-unreachable';
    default:
      return 'refused-by-cluster';
  }
}

function kindWithoutAnswer({ code }: SluiceError): ObjectionKind {
  if (code === 'unreachable' || code === 'timed-out') return 'cluster-unreachable';
  if (code === 'unsupported') return 'missing-api';
  return code === 'invalid-input' ? 'invalid-objects' : 'refused-by-cluster';
}
