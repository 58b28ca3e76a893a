import { type GuardedOutgoing, guardedOutgoing, type OutgoingParts } from '../guarded-outgoing.ts';
import { parseOutgoingRules } from '../outgoing-rules.ts';

/** For tests: ways out under the rules of `--allow-outgoing`. */
export function outgoingUnder(rules: string, parts: OutgoingParts = {}): GuardedOutgoing {
  const parsed = parseOutgoingRules(rules);
  if (!parsed.ok) throw new TypeError(parsed.refusal.message);
  return guardedOutgoing(parsed.value, parts);
}

/** For tests: ways out that lead to servers of this machine too. */
export const loopbackOutgoing = (): GuardedOutgoing => outgoingUnder('127.0.0.0/8,::1');
