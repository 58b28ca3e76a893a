import type { TaskStateView, TaskSummaryView, TaskView } from '@sluice/protocol/http/tasks.ts';
import type { Space } from './space.ts';
import type { Style, Tone } from './style.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { countWords, latencyWords, momentWords, spanWords } from './words.ts';

const TONES: Readonly<Record<TaskStateView, Tone>> = {
  blocked: 'dim',
  scheduled: 'warn',
  waiting: 'strong',
  running: 'accent',
  succeeded: 'good',
  dead: 'bad',
  cancelled: 'dim',
};

/** Tasks as a table, as they are listed. */
export function taskTable(
  tasks: readonly TaskSummaryView[],
  { style, columns, now }: Space,
): readonly string[] {
  if (tasks.length === 0) return ['There is no such task.'];
  const titles = [
    'TASK',
    'STATE',
    'REVISION',
    'PRIORITY',
    'ATTEMPT',
    'CAME IN',
    'TOOK',
    'SESSION',
    'FAILURE',
  ];
  const rows = tasks.map((task) => [
    task.id,
    style.paint(TONES[task.state], task.state),
    task.revision,
    String(task.priority),
    String(task.attempt),
    momentWords(task.createdAt),
    tookWords(task, now),
    harmless(task.session ?? ''),
    failureWords(task),
  ]);
  const columnsOf = titles.map((title) => ({
    title,
    align: title === 'PRIORITY' || title === 'ATTEMPT' ? ('right' as const) : ('left' as const),
  }));
  return table(columnsOf, rows).map((line) => cutTo(line, columns, style.symbols.more));
}

/** Everything that is known of a task, a line for each thing, then what it carries as JSON. */
export function taskLines(task: TaskView, { style, now }: Space): readonly string[] {
  const rows: readonly (readonly [string, string | null])[] = [
    ['task', task.id],
    ['state', style.paint(TONES[task.state], task.state)],
    ['track', task.track],
    ['revision', task.revision],
    ['priority', String(task.priority)],
    ['session', task.session && harmless(task.session)],
    ['fairness key', task.fairnessKey && harmless(task.fairnessKey)],
    ['needs', [...task.capabilities, ...task.labels.require].join(', ') || null],
    ['prefers', task.labels.prefer.join(', ') || null],
    ['avoids', task.labels.avoid.join(', ') || null],
    ['attempts', String(task.attempt)],
    ['worker', task.worker && harmless(task.worker)],
    ['came in', momentWords(task.createdAt)],
    ['not before', task.dueAt === null ? null : momentWords(task.dueAt)],
    ['deadline', task.deadlineAt === null ? null : momentWords(task.deadlineAt)],
    ['took', task.startedAt === null ? null : tookWords(task, now)],
    ['failure', failureWords(task) || null],
    ['cancelled for', task.cancelReason && harmless(task.cancelReason)],
  ];
  const known = rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  return [
    ...aligned([{}, {}], known),
    ...carried('input', task.input, style),
    ...(task.state === 'succeeded' ? carried('result', task.result, style) : []),
  ];
}

/** What a task does at this moment, in one line, for whoever watches it. */
export function taskWords(task: TaskSummaryView, style: Style): string {
  const attempt = task.attempt > 1 ? `, attempt ${task.attempt}` : '';
  const on = task.state === 'running' && task.worker !== null ? ` on ${harmless(task.worker)}` : '';
  const why = task.failures > 0 && task.state !== 'succeeded' ? `: ${failureWords(task)}` : '';
  const many = task.failures > 1 ? ` (${countWords(task.failures, 'failure')})` : '';
  return `${style.paint(TONES[task.state], task.state)}${on}, ${task.revision}${attempt}${why}${many}`;
}

const failureWords = ({ failure }: Pick<TaskSummaryView, 'failure'>): string =>
  failure === null ? '' : `${failure.failureClass}: ${harmless(failure.message).replaceAll('\n', ' ')}`;

function tookWords({ startedAt, endedAt }: TaskSummaryView, now: number): string {
  if (startedAt === null) return '-';
  return endedAt === null ? `${spanWords(now - startedAt)} so far` : durationWords(endedAt - startedAt);
}

/** Some tasks take milliseconds, and some take hours. */
const durationWords = (durationMs: number): string =>
  durationMs < SHORT_MS ? latencyWords(durationMs) : spanWords(durationMs);
const SHORT_MS = 60_000;

const carried = (name: string, value: unknown, style: Style): readonly string[] => [
  style.paint('strong', `${name}:`),
  ...harmless(JSON.stringify(value, null, 2) ?? 'null')
    .split('\n')
    .map((line) => `  ${line}`),
];
