import type { JsonMap } from '../json/json-tree.ts';

/** Which requests a fault meets; what is not named does not matter. */
export interface FaultMatch {
  /** In the words of roles: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb?: string | readonly string[];
  readonly group?: string;
  readonly resource?: string;
  /** The empty text for the object itself. */
  readonly subresource?: string;
  readonly namespace?: string;
  /** For a creation the name in the body. */
  readonly name?: string;
  /** The name of the user, as in refusals. */
  readonly user?: string;
}

/** What goes wrong. */
export type FaultAction =
  /** 429 with `Retry-After`. */
  | { readonly kind: 'too-many-requests'; readonly retryAfterSeconds?: number }
  /** 409 as if somebody else had been quicker. */
  | { readonly kind: 'conflict' }
  /** An error of the server. */
  | {
      readonly kind: 'error';
      readonly status?: number;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The answer comes late; nothing is done before. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** It is done, and the connection is cut in the middle of the answer. */
  | { readonly kind: 'partial' }
  /** The connection is refused; nothing is done. */
  | { readonly kind: 'unreachable' }
  /** A watch is cut after so many events. */
  | { readonly kind: 'cut-watch'; readonly afterEvents: number }
  /** The store forgets, so that a watch or list from before gets 410. */
  | { readonly kind: 'forget-history' }
  /** An admission webhook says no. */
  | {
      readonly kind: 'webhook-refusal';
      readonly webhook: string;
      readonly message: string;
      readonly status?: number;
    }
  /** A quota is used up. */
  | { readonly kind: 'quota'; readonly quota: string; readonly resource: string; readonly limit: string };

/** A fault as it is ordered: for whom, what, how many times (for ever when nothing is said). */
export interface FaultOrder {
  readonly match?: FaultMatch;
  readonly action: FaultAction;
  readonly times?: number;
}

/** A fault that was ordered. */
export interface OrderedFault {
  /** How many requests it has met. */
  readonly met: number;
  remove(): void;
}

/** A request as faults see it. */
export interface FaultSubject {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly body?: JsonMap;
}
