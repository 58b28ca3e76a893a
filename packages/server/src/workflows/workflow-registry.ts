import type { Result } from '@sluice/core/kernel/result.ts';
import type { WorkflowState } from '@sluice/core/tasks/workflow-state.ts';
import type {
  WorkflowReply,
  WorkflowRequestView,
  WorkflowSummaryView,
  WorkflowView,
} from '@sluice/protocol/http/workflows.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { ChildEnd } from '../store/workflows/read-workflows.ts';
import type { LeaseFence } from '../store/tasks/settle-tasks.ts';
import type { AgentMail } from './agent-mail.ts';
import type { SpawnedTasks, SpawnRequest } from './spawn-tasks.ts';

/** Everything a user can do with workflows. Refusals are problems to show. */
export interface WorkflowRegistry {
  /** Takes all of its tasks, or none. */
  submit(request: WorkflowRequestView): Promise<Result<WorkflowReply, Problem>>;
  workflow(id: string): Promise<Result<WorkflowView, Problem>>;
  /** Newest first. */
  workflows(
    filter: { readonly state?: WorkflowState | undefined },
    page: PageRequest,
  ): Promise<Page<WorkflowSummaryView>>;
  /** Ends what is open; what had succeeded is undone where the workflow asks for that. */
  cancel(id: string, reason: string): Promise<Result<WorkflowView, Problem>>;
}

/** What tasks can do with each other, each fenced by the attempt that speaks. */
export interface Teamwork {
  spawn(fence: LeaseFence, request: SpawnRequest): Promise<Result<SpawnedTasks>>;
  /** Tells how tasks end that the speaker has spawned, as they do. */
  join(
    fence: LeaseFence,
    tasks: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<AsyncIterable<ChildEnd>>>;
  readonly mail: AgentMail;
}
