import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiStatus } from './api-status.ts';

/** Why an API server refused, in the words that a target or a doctor acts on. */
export type RefusalReason =
  | 'not-authenticated'
  | 'not-permitted'
  | 'quota-exceeded'
  | 'webhook-denied'
  | 'webhook-broken'
  | 'policy-denied'
  | 'namespace-terminating'
  | 'fields-owned'
  | 'changed-meanwhile'
  | 'already-exists'
  | 'disruption-budget'
  | 'not-found'
  | 'invalid'
  | 'expired'
  | 'overloaded'
  | 'other';

/** The `cause` of a failure that is the answer of an API server. */
export class ClusterRefusal {
  readonly reason: RefusalReason;
  readonly status: ApiStatus;

  constructor(reason: RefusalReason, status: ApiStatus) {
    this.reason = reason;
    this.status = status;
  }
}

/** What the server said, where a failure is the answer of an API server; undefined for all others. */
export function clusterRefusalOf(thrown: unknown): ClusterRefusal | undefined {
  return thrown instanceof SluiceError && thrown.cause instanceof ClusterRefusal ? thrown.cause : undefined;
}

/** The permission that is missing, read from the words of a 403; undefined where another rule refused. */
export function missingPermissionOf(
  status: ApiStatus,
):
  | { verb: string; resource: string; group: string; namespace: string | undefined; user: string }
  | undefined {
  const found =
    /User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/.exec(
      status.message,
    );
  if (found === null) return undefined;
  const [, user = '', verb = '', resource = '', group = '', namespace] = found;
  return { user, verb, resource, group, namespace };
}

/** Sorts an answer by what it means; admission is told by its words, because it has no reason of its own. */
export function refusalReasonOf(status: ApiStatus): RefusalReason {
  const { code, message } = status;
  if (code === 401) return 'not-authenticated';
  if (has(status, 'NamespaceTerminating')) return 'namespace-terminating';
  if (/admission webhook ".*" denied the request/.test(message)) return 'webhook-denied';
  if (/failed calling webhook/.test(message)) return 'webhook-broken';
  if (/exceeded quota:/.test(message)) return 'quota-exceeded';
  if (/^ValidatingAdmissionPolicy|: ValidatingAdmissionPolicy /.test(message)) return 'policy-denied';
  if (code === 403)
    return missingPermissionOf(status) || /cannot get path/.test(message) ? 'not-permitted' : 'policy-denied';
  if (code === 404) return 'not-found';
  if (code === 409) return conflictReasonOf(status);
  if (code === 410) return 'expired';
  if (code === 429) return has(status, 'DisruptionBudget') ? 'disruption-budget' : 'overloaded';
  if (code === 400 || code === 413 || code === 422 || isBadApply(status)) return 'invalid';
  return code === 503 || code === 504 ? 'overloaded' : 'other';
}

function conflictReasonOf(status: ApiStatus): RefusalReason {
  if (has(status, 'FieldManagerConflict')) return 'fields-owned';
  return status.reason === 'AlreadyExists' ? 'already-exists' : 'changed-meanwhile';
}

/** An apply with a field that the kind does not have is answered as if the server had failed. */
function isBadApply({ code, message }: ApiStatus): boolean {
  return (
    code === 500 && /failed to create typed patch object|resourceVersion should not be set/.test(message)
  );
}

function has({ causes }: ApiStatus, reason: string): boolean {
  return causes.some((cause) => cause.reason === reason);
}
