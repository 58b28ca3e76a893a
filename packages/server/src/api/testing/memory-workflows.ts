import { ok } from '@sluice/core/kernel/result.ts';
import { checkedWorkflow } from '@sluice/core/tasks/workflow-fault.ts';
import type { WorkflowView } from '@sluice/protocol/http/workflows.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { notCancellable, problemOf, unknownWorkflow } from '../../workflows/workflow-refusals.ts';
import type { WorkflowRegistry } from '../../workflows/workflow-registry.ts';
import { workflowSpecOf } from '../../workflows/workflow-views.ts';

/** For tests: a registry in memory, with everything in it that has been submitted. */
export interface MemoryWorkflows extends WorkflowRegistry {
  /** By their ids, in the order of coming in; tests change them as tasks would. */
  readonly known: Map<string, WorkflowView>;
  /** Puts a workflow in, and whatever differs from one that has just come. */
  put(workflow: Partial<WorkflowView> & { readonly id: string }): WorkflowView;
}

const COME: Omit<WorkflowView, 'id'> = {
  ...{ name: 'digest', state: 'running', onFailure: 'fail', reason: null, root: null, tasks: 0, open: 0 },
  ...{ costMicros: 0, deadlineAt: null, createdAt: SAMPLE_TIME, endedAt: null, input: null, nodes: [] },
  limits: { depth: 8, fanOut: 100, tasks: 10_000, costMicros: null },
};

/** For tests: no workflows yet. */
export function memoryWorkflows(): MemoryWorkflows {
  const known = new Map<string, WorkflowView>();
  const idAt = (number: number): string => `01936b2e-4c00-7000-8000-${String(number).padStart(12, '0')}`;
  const put: MemoryWorkflows['put'] = (workflow) => {
    const view = { ...COME, ...known.get(workflow.id), ...workflow };
    known.set(view.id, view);
    return view;
  };
  return {
    known,
    put,
    submit: async (request) => {
      const spec = checkedWorkflow(workflowSpecOf(request));
      if (!spec.ok) return problemOf(spec.refusal);
      const id = idAt(1_000 + known.size);
      const nodes = request.tasks.map(({ name, track, after }, at): WorkflowView['nodes'][number] => ({
        ...{
          task: idAt(100_000 * (known.size + 1) + at),
          name,
          track,
          after,
          kind: 'declared',
          parent: null,
        },
        ...{ state: after.length === 0 ? 'waiting' : 'blocked', attempt: 0, worker: null, failure: null },
        ...{ costMicros: 0, endedAt: null },
      }));
      const { name, onFailure, limits, input, deadlineAt } = request;
      const count = { tasks: nodes.length, open: nodes.length };
      put({ id, ...{ name, onFailure, limits, input, deadlineAt }, ...count, nodes });
      return ok({ id, isNew: true, tasks: nodes.map((node) => ({ name: node.name, id: node.task })) });
    },
    workflow: async (id) => {
      const view = known.get(id);
      return view === undefined ? problemOf(unknownWorkflow(id)) : ok(view);
    },
    workflows: async ({ state }, { cursor, limit }) => {
      const all = [...known.values()].filter((view) => state === undefined || view.state === state);
      const later = all.toReversed().filter(({ id }) => cursor === null || id < cursor);
      const next = later.length > limit ? (later[limit - 1]?.id ?? null) : null;
      return { items: later.slice(0, limit), next };
    },
    cancel: async (id, reason) => {
      const view = known.get(id);
      if (view === undefined) return problemOf(unknownWorkflow(id));
      if (view.state !== 'running') return problemOf(notCancellable(id, view.state));
      return ok(put({ id, state: 'stopping', reason }));
    },
  };
}
