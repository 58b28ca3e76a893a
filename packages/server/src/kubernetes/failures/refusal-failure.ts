import { type FailureCode, type FailureNext, SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiStatus } from './api-status.ts';
import {
  ClusterRefusal,
  type RefusalReason,
  missingPermissionOf,
  refusalReasonOf,
} from './cluster-refusal.ts';

/** Where something was tried, for the words of a failure. */
export interface Attempt {
  /** For example `apply Deployment shop/web`. */
  readonly action: string;
  /** Name of the cluster. */
  readonly cluster: string;
  /** Where the credentials come from. */
  readonly origin: string;
}

interface Meaning {
  readonly code: FailureCode;
  readonly next: FailureNext;
  /** What is wrong and what to do, after what was tried. */
  readonly say: (status: ApiStatus, attempt: Attempt) => string;
}

/** As many of the things that are wrong as a message lists. */
const mostCauses = 8;

const meanings: Readonly<Record<RefusalReason, Meaning>> = {
  'not-authenticated': {
    code: 'unsupported',
    next: 'ask-human',
    say: (_, { origin }) =>
      `the API server does not accept the credentials (${origin}): they are wrong or have expired; renew them`,
  },
  'not-permitted': { code: 'unsupported', next: 'ask-human', say: sayMissingPermission },
  'quota-exceeded': {
    code: 'exhausted',
    next: 'ask-human',
    say: ({ message }) => `${message}; raise the quota of the namespace or ask for less`,
  },
  'webhook-denied': {
    code: 'invalid-input',
    next: 'ask-human',
    say: ({ message }) => `${message}; change the object as the webhook asks, or ask its owner`,
  },
  'webhook-broken': {
    code: 'unreachable',
    next: 'retry',
    say: ({ message }) => `${message}; the webhook itself does not answer: mend it or ask its owner`,
  },
  'policy-denied': {
    code: 'invalid-input',
    next: 'ask-human',
    say: ({ message }) => `${message}; change the object or the policy of the namespace`,
  },
  'namespace-terminating': {
    code: 'not-found',
    next: 'ask-human',
    say: ({ message }) => `${message}; wait until it is gone and make it again, or choose another namespace`,
  },
  'fields-owned': { code: 'conflict', next: 'ask-human', say: sayOwners },
  'changed-meanwhile': {
    code: 'conflict',
    next: 'retry',
    say: ({ message }) => `${message}; read the object again and decide anew`,
  },
  'already-exists': {
    code: 'conflict',
    next: 'retry',
    say: ({ message }) => `${message}; read it and decide anew`,
  },
  'disruption-budget': {
    code: 'exhausted',
    next: 'retry-after',
    say: (status) => `${[status.message, ...causesOf(status)].join(' ')}; wait until more pods are ready`,
  },
  'not-found': {
    code: 'not-found',
    next: 'stop',
    say: ({ message }) => `${message}; make it first, or correct the name`,
  },
  invalid: {
    code: 'invalid-input',
    next: 'stop',
    say: (status) => `${wordsOf(status)}; correct what is named and try again`,
  },
  expired: { code: 'refused-as-stale', next: 'retry', say: ({ message }) => `${message}; read it again` },
  overloaded: {
    code: 'exhausted',
    next: 'retry-after',
    say: (status) =>
      `the API server is overloaded or starting (${status.code}: ${status.message}); it was asked again in vain: try later`,
  },
  other: {
    code: 'unexpected',
    next: 'retry',
    say: ({ code, message }) =>
      `the API server answered ${code}: ${message}; look into its log if that stays`,
  },
};

/** What Go answers in the clear to who does not encrypt. */
const notEncrypted: Meaning = {
  code: 'unreachable',
  next: 'ask-human',
  say: () => 'the API server wants TLS and was spoken to without; write https:// in its address',
};

/** Until when to wait where a server that is overloaded does not say so, in ms. */
const defaultRetryAfterMs = 1000;

/** The failure that stands for the answer of a server; its `cause` is a `ClusterRefusal`. */
export function refusalFailure(status: ApiStatus, attempt: Attempt): SluiceError {
  const reason = refusalReasonOf(status);
  const { code, next, say } = meaningOf(reason, status);
  const message = `${attempt.action} in cluster ${attempt.cluster}: ${say(status, attempt)}`;
  return new SluiceError(code, message, {
    next,
    cause: new ClusterRefusal(reason, status),
    ...(next === 'retry-after' ? { retryAfterMs: status.retryAfterMs ?? defaultRetryAfterMs } : {}),
  });
}

function meaningOf(reason: RefusalReason, { code, message }: ApiStatus): Meaning {
  const meaning = meanings[reason];
  if (reason === 'overloaded' && code === 504) return { ...meaning, code: 'timed-out' };
  if (reason === 'overloaded' && code === 503) return { ...meaning, code: 'unreachable' };
  if (message.startsWith('Client sent an HTTP request to an HTTPS server')) return notEncrypted;
  if (reason !== 'other') return meaning;
  if (code === 502) return { ...meaning, code: 'unreachable' };
  if (code === 405 || code === 406 || code === 415) return { ...meaning, code: 'unsupported', next: 'stop' };
  return meaning;
}

function sayMissingPermission(status: ApiStatus, { origin, cluster }: Attempt): string {
  const missing = missingPermissionOf(status);
  if (missing === undefined) return `${status.message}; grant it to the credentials in use (${origin})`;
  const { user, verb, resource, group, namespace } = missing;
  const place = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`;
  const named = group === '' ? resource : `${resource}.${group}`;
  return `user ${user} may not ${verb} ${named} ${place}; grant that verb by a ${namespace === undefined ? 'ClusterRole' : `Role (\`sluice doctor --cluster ${cluster} --namespace ${namespace}\` prints it)`}`;
}

function sayOwners({ causes, message }: ApiStatus): string {
  const owned = causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  const fields = new Map<string, string[]>();
  for (const cause of owned) {
    const owner = /conflict with "([^"]+)"(.*)/.exec(cause.message);
    const manager = owner === null ? message : `"${owner[1]}"${owner[2]}`;
    fields.set(manager, [...(fields.get(manager) ?? []), cause.field]);
  }
  const owners = [...fields].map(
    ([manager, names]) => `${listed(names)} ${names.length === 1 ? 'belongs' : 'belong'} to ${manager}`,
  );
  return `${owners.join('; ')}; leave these fields out, let that manager give them up, or take them over by force`;
}

function wordsOf(status: ApiStatus): string {
  const causes = causesOf(status);
  // With one cause the message holds it already; with several the server joins them into one hard to read line.
  if (causes.length < 2) return status.message;
  return `${status.message.split(': [')[0]}: ${listed(causes, '; ')}`;
}

function causesOf({ causes }: ApiStatus): string[] {
  return causes.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
}

function listed(names: readonly string[], between = ', '): string {
  const shown = names.slice(0, mostCauses).join(between);
  return names.length > mostCauses ? `${shown} and ${names.length - mostCauses} more` : shown;
}
