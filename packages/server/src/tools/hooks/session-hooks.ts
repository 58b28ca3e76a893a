/**
 * Purpose: asks hooks before the first task of a session, and tells them when a session is over.
 *
 * Owns a timer. 1. Which sessions are under way stands in the store, for all servers; a session whose beginning was allowed is
 * not asked about again. 2. A session is over when none of its tasks has been handed out for half an hour and none runs; one
 * server tells it, at most once.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { hooksAt } from '@sluice/core/tasks/hook-spec.ts';
import type { HookSession } from '../../store/hooks/hook-sessions.ts';
import type { AgentPolicies, AgentPolicy } from '../agent-policy.ts';
import type { Asked, HookDesk } from './hook-desk.ts';

/** What sessions are followed with. */
export interface SessionHooksPorts {
  readonly continueSession: (tenant: string, session: HookSession) => Promise<boolean>;
  readonly beginSession: (tenant: string, session: HookSession) => Promise<void>;
  readonly endIdle: (wish: {
    readonly idleMs: number;
    readonly limit: number;
  }) => Promise<readonly (HookSession & { readonly tenant: string })[]>;
  readonly hooks: Pick<HookDesk, 'before' | 'after'>;
  readonly policyOf: AgentPolicies;
  readonly failed: (thrown: unknown) => void;
  /** After how long without a task a session is over, in ms; half an hour without. */
  readonly idleMs?: number;
  /** How often is looked for sessions that are over, in ms; a minute without. */
  readonly lookEveryMs?: number;
}

/** Follows the sessions of components that have hooks for them. */
export interface SessionHooks {
  /** A task of a session, or of none, is about to be handed out. */
  before(
    tenant: string,
    policy: AgentPolicy,
    of: { readonly queue: TrackId; readonly revision: RevisionId; readonly session: string | null },
    signal: AbortSignal,
  ): Promise<Asked>;
  close(): void;
}

/** The usual patience of a conversation. */
const IDLE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 60_000;
const LIMIT = 100;
const ALLOWED: Asked = { isAllowed: true, hook: '', message: '' };

/** Starts to look for sessions that are over. */
export function sessionHooks(ports: SessionHooksPorts): SessionHooks {
  const { hooks, policyOf, idleMs = IDLE_MS, lookEveryMs = LOOK_EVERY_MS } = ports;
  const look = async (): Promise<void> => {
    for (;;) {
      const ended = await ports.endIdle({ idleMs, limit: LIMIT });
      for (const { tenant, queue, revision, session } of ended) {
        const policy = await policyOf(tenant, queue, revision);
        const occasion = { ...NO_TASK, queue, revision, session };
        hooks.after(tenant, policy, 'after-session', occasion);
      }
      if (ended.length < LIMIT) return;
    }
  };
  const timer = setInterval(
    () => void look().catch((thrown: unknown) => ports.failed(SluiceError.from(thrown, 'ending sessions'))),
    lookEveryMs,
  );
  return {
    before: async (tenant, policy, { queue, revision, session }, signal) => {
      const isFollowed =
        hooksAt(policy.hooks, 'before-session').length + hooksAt(policy.hooks, 'after-session').length > 0;
      if (session === null || !isFollowed) return ALLOWED;
      const of = { queue, revision, session };
      if (await ports.continueSession(tenant, of)) return ALLOWED;
      const asked = await hooks.before(tenant, policy, 'before-session', { ...NO_TASK, ...of }, signal);
      if (asked.isAllowed) await ports.beginSession(tenant, of);
      return asked;
    },
    close: () => clearInterval(timer),
  };
}

const NO_TASK = { taskId: null, attempt: null, tool: null, about: {} };
