import type { WorkflowNodeView, WorkflowSummaryView, WorkflowView } from '@sluice/protocol/http/workflows.ts';
import type { Space } from './space.ts';
import type { Tone } from './style.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords, spanWords } from './words.ts';

const TONES: Readonly<Record<WorkflowSummaryView['state'], Tone>> = {
  running: 'accent',
  stopping: 'warn',
  compensating: 'warn',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'dim',
};
const NODE_TONES: Readonly<Record<WorkflowNodeView['state'], Tone>> = {
  blocked: 'dim',
  scheduled: 'warn',
  waiting: 'strong',
  running: 'accent',
  continued: 'accent',
  succeeded: 'good',
  dead: 'bad',
  cancelled: 'dim',
  skipped: 'dim',
};
/** Tasks that are shown of one workflow; `--json` has all of them. */
const MOST_NODES = 200;

/** Workflows as a table, as they are listed. */
export function workflowTable(
  workflows: readonly WorkflowSummaryView[],
  { style, columns, now }: Space,
): readonly string[] {
  if (workflows.length === 0) return ['There is no such workflow; `sluice workflows submit` makes one.'];
  const rows = workflows.map((workflow) => [
    workflow.id,
    harmless(workflow.name),
    style.paint(TONES[workflow.state], workflow.state),
    `${workflow.tasks - workflow.open}/${workflow.tasks}`,
    momentWords(workflow.createdAt),
    tookWords(workflow, now),
    harmless(workflow.reason ?? ''),
  ]);
  const titles = ['WORKFLOW', 'NAME', 'STATE', 'DONE', 'CAME IN', 'TOOK', 'REASON'];
  const columnsOf = titles.map((title) => ({
    title,
    align: title === 'DONE' ? ('right' as const) : ('left' as const),
  }));
  return table(columnsOf, rows).map((line) => cutTo(line, columns, style.symbols.more));
}

/** Everything that is known of a workflow, then its tasks. */
export function workflowLines(workflow: WorkflowView, space: Space): readonly string[] {
  const { style, now, columns } = space;
  const { limits, costMicros } = workflow;
  const most = limits.costMicros === null ? '' : ` of ${costWords(limits.costMicros)}`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['workflow', workflow.id],
    ['name', harmless(workflow.name)],
    ['state', style.paint(TONES[workflow.state], workflow.state)],
    ['reason', workflow.reason && harmless(workflow.reason)],
    ['began with', workflow.root && `task ${workflow.root}`],
    ['done', `${workflow.tasks - workflow.open} of ${workflow.tasks} tasks`],
    ['cost', costMicros === 0 && most === '' ? null : costWords(costMicros) + most],
    ['came in', momentWords(workflow.createdAt)],
    ['deadline', workflow.deadlineAt === null ? null : momentWords(workflow.deadlineAt)],
    ['took', tookWords(workflow, now)],
  ];
  const known = rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  const shown = workflow.nodes.slice(0, MOST_NODES);
  const left = workflow.nodes.length - shown.length;
  return [
    ...aligned([{}, {}], known),
    '',
    ...nodeTable(shown, space).map((line) => cutTo(line, columns, style.symbols.more)),
    ...(left > 0 ? [`… and ${left} more; --json shows all of them.`] : []),
  ];
}

function nodeTable(nodes: readonly WorkflowNodeView[], { style }: Space): readonly string[] {
  const names = new Map(nodes.map(({ task, name }) => [task, name]));
  const rows = nodes.map((node) => [
    nameOf(node, names),
    style.paint(NODE_TONES[node.state], node.state),
    node.track,
    node.task,
    node.after.join(', '),
    node.failure === null
      ? ''
      : `${node.failure.failureClass}: ${harmless(node.failure.message).replaceAll('\n', ' ')}`,
  ]);
  return table(
    ['TASK', 'STATE', 'TRACK', 'ID', 'AFTER', 'FAILURE'].map((title) => ({ title })),
    rows,
  );
}

/** With whom it belongs to: `plan / part`, `plan, continued`, `undo book`. */
function nameOf({ kind, name, parent }: WorkflowNodeView, names: ReadonlyMap<string, string>): string {
  if (kind === 'declared') return name;
  if (kind === 'compensation') return `undo ${name}`;
  const owner = names.get(parent ?? '') ?? '…';
  return kind === 'continuation' ? `${owner}, continued` : `${owner} / ${name}`;
}

const tookWords = ({ createdAt, endedAt }: WorkflowSummaryView, now: number): string =>
  endedAt === null ? `${spanWords(now - createdAt)} so far` : spanWords(endedAt - createdAt);

const costWords = (micros: number): string => (micros / 1_000_000).toFixed(2);
