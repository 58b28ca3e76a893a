import type { CallHooks, HookedCall } from '../call-hooks.ts';
import type { HookDesk, Occasion } from './hook-desk.ts';

/** Hooks around calls of tools. */
export const callHooks = (desk: Pick<HookDesk, 'before' | 'after'>): CallHooks => ({
  before: (tenant, policy, call) => desk.before(tenant, policy, 'before-tool', occasionOf(call, {})),
  after: (tenant, policy, { state, result, error, ...call }) =>
    desk.after(
      tenant,
      policy,
      'after-tool',
      occasionOf(call, {
        state,
        ...(result !== undefined && { result }),
        ...(error !== undefined && { error }),
      }),
    ),
});

const occasionOf = (
  { queue, revision, session, taskId, attempt, tool, call, arguments: given }: HookedCall,
  outcome: object,
): Occasion => ({
  ...{ queue, revision, session, taskId, attempt, tool },
  about: { task: {}, tool: { call, arguments: given, ...outcome } },
});
