import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import type { PageView } from './pages.ts';
import {
  type WorkflowInput,
  type WorkflowReply,
  type WorkflowSummaryView,
  type WorkflowView,
  workflowPageSchema,
  workflowReplySchema,
  workflowSchema,
} from './workflows.ts';

/** Which workflows are wanted. */
export type WorkflowWish = {
  readonly state?: WorkflowSummaryView['state'] | undefined;
} & PageWish;

/** The operations on workflows. */
export interface WorkflowCalls {
  /** Takes all of its tasks, or none. */
  submitWorkflow(
    workflow: WorkflowInput,
    options?: { readonly idempotencyKey?: string | undefined },
  ): Promise<ApiReply<WorkflowReply>>;
  workflows(filter: WorkflowWish): Promise<ApiReply<PageView<WorkflowSummaryView>>>;
  workflow(id: string): Promise<ApiReply<WorkflowView>>;
  cancelWorkflow(id: string, reason?: string): Promise<ApiReply<WorkflowView>>;
}

/** The operations on workflows, over whatever carries them. */
export const workflowCalls = ({ get, post, queryOf }: Asking): WorkflowCalls => ({
  submitWorkflow: (workflow, { idempotencyKey } = {}) =>
    post(
      workflowReplySchema,
      '/workflows',
      workflow,
      idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    ),
  workflows: (filter) => get(workflowPageSchema, `/api/v1/workflows${queryOf(filter)}`),
  workflow: (id) => get(workflowSchema, `/api/v1/workflows/${encodeURIComponent(id)}`),
  cancelWorkflow: (id, reason) =>
    post(
      workflowSchema,
      `/workflows/${encodeURIComponent(id)}/cancel`,
      reason === undefined ? {} : { reason },
    ),
});
