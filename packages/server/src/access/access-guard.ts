import type { Caller } from '@sluice/core/access/caller.ts';
import type { AccessDecision } from '@sluice/core/access/decide-access.ts';
import type { Permission } from '@sluice/core/access/permissions.ts';

/** What a request shows of who makes it. */
export interface Credentials {
  /** What stands after `Bearer` in its header `Authorization`; null without. */
  readonly bearer: string | null;
  /** The session of its cookie; null without. A bearer token goes before it. */
  readonly session: string | null;
}

/** What the API asks of access control. */
export interface AccessGuard {
  /** Who shows these credentials; somebody anonymous for none, null for some that are nobody's. */
  callerOf(credentials: Credentials): Promise<Caller | null>;
  /** Whether a caller may do something to a track, `application/environment/component`. */
  mayWith(caller: Caller, permission: Permission, track: string): Promise<AccessDecision>;
  /** The tracks of what an id names; none when there is no such thing, which the operation says itself. */
  tracksOf(caller: Caller, kind: 'rollout' | 'task' | 'workflow', id: string): Promise<readonly string[]>;
}
