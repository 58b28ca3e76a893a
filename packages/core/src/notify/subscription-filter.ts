import type { Severity } from './notice.ts';
import { isAtLeast } from './severity.ts';

/** What a subscription wants to hear of. In patterns `*` stands for any characters; an empty list wants nothing. */
export interface SubscriptionFilter {
  /** Kinds of events: `rollout.held`, `rollout.*`, `*`. */
  readonly kinds: readonly string[];
  /** Every project where they are left out, as earlier builds wrote it. */
  readonly projects?: readonly string[];
  readonly applications: readonly string[];
  readonly environments: readonly string[];
  readonly components: readonly string[];
  /** The least that matters. */
  readonly severity: Severity;
}

/** What has to be known of an event to say who wants it; what is about no component has null for all four. */
export interface Happening {
  readonly kind: string;
  readonly severity: Severity;
  readonly project: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly component: string | null;
}

/**
 * Whether a subscription wants an event. What is about no application is wanted by those only that want every application, and so
 * on.
 */
export function isWanted(filter: SubscriptionFilter, happening: Happening): boolean {
  return (
    isAtLeast(happening.severity, filter.severity) &&
    matchesOne(filter.kinds, happening.kind) &&
    matchesOne(filter.projects ?? ['*'], happening.project ?? '') &&
    matchesOne(filter.applications, happening.application ?? '') &&
    matchesOne(filter.environments, happening.environment ?? '') &&
    matchesOne(filter.components, happening.component ?? '')
  );
}

const matchesOne = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, text));

/** Whether `*` in a pattern can stand for something so that it is the text; takes at most their lengths multiplied. */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let resume = 0;
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = place;
    } else if (pattern[at] === text[place]) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
