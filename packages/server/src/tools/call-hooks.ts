import type { ToolCallRow } from '../store/tools/tool-calls.ts';
import type { AgentPolicy } from './agent-policy.ts';

/** A call that hooks are asked about, or told of. */
export interface HookedCall {
  readonly queue: ToolCallRow['queue'];
  readonly revision: ToolCallRow['revision'];
  readonly session: string | null;
  readonly taskId: string;
  readonly attempt: number;
  readonly call: string;
  /** As the agent calls it. */
  readonly tool: string;
  readonly arguments: unknown;
}

/** Who is asked before a call, and told after. */
export interface CallHooks {
  before(
    tenant: string,
    policy: AgentPolicy,
    call: HookedCall,
  ): Promise<{ readonly isAllowed: boolean; readonly hook: string; readonly message: string }>;
  /** Waits for nobody; never rejects. */
  after(
    tenant: string,
    policy: AgentPolicy,
    call: HookedCall & { readonly state: string; readonly result?: unknown; readonly error?: string },
  ): void;
}
