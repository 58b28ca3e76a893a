/**
 * Purpose: follows the ends of a workflow's tasks: lets begin what waited for them, and ends what can begin no more.
 *
 * Owns nothing. 1. All of a turn is one transaction, under the lock of the workflow's row, and is decided by what is stored: a
 * server that dies in it has done nothing, and any other one does it. 2. An end counts once: what marks it as followed is
 * written with what follows from it.
 */
import { joinVerdict } from '@sluice/core/tasks/workflow-join.ts';
import {
  hasWorkflowEnded,
  isFatal,
  nextWorkflow,
  type WorkflowStep,
} from '@sluice/core/tasks/workflow-state.ts';
import type { Database } from '../store/database/open-database.ts';
import { hasToUndo } from '../store/workflows/compensate-nodes.ts';
import {
  continueNodes,
  countEnds,
  type EndedNode,
  finishNodes,
  readWaiting,
  takeEnds,
} from '../store/workflows/follow-ends.ts';
import { skipNodes, stopNodes } from '../store/workflows/stop-nodes.ts';
import type { WorkflowRow } from '../store/workflows/workflow-row.ts';
import { changeWorkflow, lockWorkflow } from '../store/workflows/write-workflows.ts';
import { insertUndoing } from './insert-undoing.ts';
import { releaseReady } from './release-ready.ts';
import { noEffects, tellEffects, type WorkflowEffects, type WorkflowPorts } from './workflow-ports.ts';

/** Most ends of one turn: a turn is short, and others wait for the rows that it has in hand. */
const LIMIT = 500;

/** How a turn went: `busy` where somebody else is at it, `more` where there may be more ends. */
export type TurnOutcome = 'busy' | 'idle' | 'moved' | 'more';

/** Follows what has ended of one workflow. */
export async function advanceWorkflow(
  ports: WorkflowPorts,
  tenant: string,
  id: string,
): Promise<TurnOutcome> {
  const effects = noEffects();
  const outcome = await ports.db.transaction().execute(async (db): Promise<TurnOutcome> => {
    const workflow = await lockWorkflow(db, tenant, id, { isPatient: false });
    return workflow === null ? 'busy' : turn({ db, ports, tenant, workflow, effects });
  });
  tellEffects(ports, tenant, effects);
  return outcome;
}

interface Turn {
  readonly db: Database;
  readonly ports: WorkflowPorts;
  readonly tenant: string;
  readonly workflow: WorkflowRow;
  readonly effects: WorkflowEffects;
}

async function turn(at: Turn): Promise<TurnOutcome> {
  const { db, ports, tenant, workflow, effects } = at;
  const taken = await takeEnds(db, tenant, { workflow: workflow.id, limit: LIMIT });
  if (taken.length === 0) return 'idle';
  const { ends, begun } = await settleEnds(at, taken);
  const { ready, impossible } = await decideWaiting(at, ends, begun);
  await stopChildren(at, ends);

  const costMicros = taken.reduce((sum, end) => sum + end.costMicros, 0);
  const { step, reason } = judgeEnds(workflow, ends, workflow.costMicros + costMicros);
  if (step.state === 'stopping' && workflow.state === 'running')
    await stopAll(at, reason ?? 'its workflow was stopped');
  const open = workflow.open - ends.length;
  const drained = open === 0 ? await drain(at, step) : step;
  const undoing =
    drained.state === 'compensating' && step.state !== 'compensating'
      ? await insertUndoing(db, ports, { tenant, workflow })
      : { added: 0, ready: [] };
  const isStopping = drained.state === 'stopping' || hasWorkflowEnded(drained.state);
  if (!isStopping && impossible.length > 0) await skipNodes(db, tenant, impossible);
  const beginning = isStopping ? [] : [...ready, ...undoing.ready];
  for (const queue of await releaseReady(db, ports, { tenant, workflow }, beginning))
    effects.queues.add(queue);

  await changeWorkflow(db, tenant, workflow.id, {
    ...{ ...drained, reason, costMicros, hasEnded: hasWorkflowEnded(drained.state) },
    ...{ opened: undoing.added - ends.length, added: undoing.added },
  });
  return taken.length === LIMIT ? 'more' : 'moved';
}

interface Settled {
  /** What has ended for those that wait for it. */
  readonly ends: readonly EndedNode[];
  /** What may begin because the task whose work it finishes has ended. */
  readonly begun: readonly string[];
}

/** A task that another one finishes has not ended before that one has. */
async function settleEnds({ db, tenant }: Turn, taken: readonly EndedNode[]): Promise<Settled> {
  const parents = taken.filter(({ end, children }) => end === 'succeeded' && children > 0);
  const continued =
    parents.length === 0
      ? []
      : await continueNodes(
          db,
          tenant,
          parents.map(({ task }) => task),
        );
  const goingOn = new Set(continued.map(({ task }) => task));
  const ends = taken.filter(({ task }) => !goingOn.has(task));
  let finishers = [
    ...ends.filter(({ standsFor }) => standsFor !== null).map(({ task }) => task),
    ...continued.filter(({ hasEnded }) => hasEnded).map(({ by }) => by),
  ];
  while (finishers.length > 0) {
    const finished = await finishNodes(db, tenant, finishers);
    ends.push(...finished);
    finishers = finished.filter(({ standsFor }) => standsFor !== null).map(({ task }) => task);
  }
  return { ends, begun: continued.filter(({ hasEnded }) => !hasEnded).map(({ by }) => by) };
}

async function decideWaiting({ db, tenant }: Turn, ends: readonly EndedNode[], begun: readonly string[]) {
  const counted = ends.some(({ dependents }) => dependents > 0) ? await countEnds(db, tenant, ends) : [];
  const waiting = begun.length === 0 ? counted : [...counted, ...(await readWaiting(db, tenant, begun))];
  // One that both waited and was held back is read last with everything counted.
  const byTask = new Map(waiting.map((node) => [node.task, node]));
  const verdicts = [...byTask.values()].map((node) => ({
    task: node.task,
    verdict: joinVerdict(node, node),
  }));
  const those = (wanted: string) =>
    verdicts.flatMap(({ task, verdict }) => (verdict === wanted ? [task] : []));
  return { ready: those('ready'), impossible: those('impossible') };
}

/** What a task has spawned ends with it, unless it went well. */
async function stopChildren({ db, tenant, effects }: Turn, ends: readonly EndedNode[]): Promise<void> {
  const parents = ends.filter(({ end, children }) => end !== 'succeeded' && children > 0);
  if (parents.length === 0) return;
  const descendantsOf = parents.map(({ task }) => task);
  const stopped = await stopNodes(db, tenant, { descendantsOf }, 'the task that had spawned it has ended');
  for (const { id, wasRunning } of stopped) if (wasRunning) effects.revoked.add(id);
}

async function stopAll({ db, tenant, workflow, effects }: Turn, reason: string): Promise<void> {
  const stopped = await stopNodes(db, tenant, { workflow: workflow.id }, reason);
  for (const { id, wasRunning } of stopped) if (wasRunning) effects.revoked.add(id);
}

/** What the ends mean for the workflow, and why, in words. */
function judgeEnds(
  workflow: WorkflowRow,
  ends: readonly EndedNode[],
  costMicros: number,
): { readonly step: WorkflowStep; readonly reason: string | null } {
  const facts = { ...workflow, hasToUndo: false };
  const { mostCostMicros } = workflow;
  if (workflow.state === 'running' && mostCostMicros !== null && costMicros > mostCostMicros)
    return {
      step: nextWorkflow(facts, 'overspent'),
      reason: `it has cost ${costMicros} millionths, and may cost ${mostCostMicros}`,
    };
  const fatal = ends.find(({ kind, ...end }) => isFatal({ ...end, isDeclared: kind === 'declared' }));
  if (fatal === undefined) return { step: facts, reason: null };
  const reason = workflow.state === 'running' ? reasonOf(fatal) : null;
  return { step: nextWorkflow(facts, 'failed'), reason };
}

function reasonOf({ name, end, failure }: EndedNode): string {
  if (end === 'skipped') return `the task ${name} could not begin: what it waited for did not succeed`;
  if (end === 'cancelled') return `the task ${name} was cancelled`;
  return `the task ${name} failed${failure === null ? '' : `: ${failure}`}`;
}

async function drain({ db, tenant, workflow }: Turn, step: WorkflowStep): Promise<WorkflowStep> {
  const { policy } = workflow;
  const undoes = policy === 'compensate' && step.state === 'stopping';
  const facts = { ...step, policy, hasToUndo: undoes && (await hasToUndo(db, tenant, workflow.id)) };
  return nextWorkflow(facts, 'drained');
}
