import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { TaskEventView } from '@sluice/protocol/http/task-events.ts';
import type { TaskView } from '@sluice/protocol/http/tasks.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { taskEventLine } from '../output/task-event-lines.ts';
import { taskWords } from '../output/task-lines.ts';
import { momentWords } from '../output/words.ts';
import { type Refused, refusal, refusedByApi } from '../refused.ts';

/** Between two looks, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** Events that are read in one look at them. */
const EVENTS_AT_ONCE = 200;

/** How long somebody watches, and what is done with what there is to see. */
export interface WatchWish {
  readonly timeoutMs: number;
  readonly show: (task: TaskView) => void;
  /** Handed what workers tell; it is not read without. */
  readonly told?: (event: TaskEventView) => void;
}

/** How watching ended: with the task as it was last, also after Ctrl-C, or with why it was given up. */
export type Watched =
  | { readonly ok: true; readonly task: TaskView; readonly exitCode: ExitCode }
  | { readonly ok: false; readonly refused: Refused };

/**
 * Looks at a task until it has ended, the time is over, or Ctrl-C; what changes is handed to `show`. A control plane that is
 * away for a while is waited for.
 */
export async function watchTask(
  context: CommandContext,
  id: string,
  { timeoutMs, show, told }: WatchWish,
): Promise<Watched> {
  const { world } = context;
  const api = await context.api();
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, world.interrupted]);
  let after = 0;
  let seen: TaskView | null = null;
  let trouble: Refused | null = null;
  for (;;) {
    const reply = await api.task(id);
    // What was told comes before what became of it: the end is the last line.
    if (told && reply.ok) after = await tellAll(api, id, after, told);
    trouble = reply.ok ? null : refusedByApi(reply.failure, api.baseUrl);
    if (trouble !== null && (trouble.exitCode !== EXIT.unreachable || seen === null))
      return { ok: false, refused: trouble };
    if (reply.ok) {
      if (seen === null || hasChanged(seen, reply.value)) show(reply.value);
      seen = reply.value;
      if (seen.endedAt !== null) return { ok: true, task: seen, exitCode: exitCodeOf(seen) };
    }
    await world.wait(LOOK_EVERY_MS, signal);
    if (signal.aborted && seen !== null) return cutShort(seen, trouble, deadline.aborted);
  }
}

/** Hands on what was told since; what cannot be read now is read at the next look. */
async function tellAll(
  api: Pick<ApiClient, 'taskEvents'>,
  id: string,
  after: number,
  told: NonNullable<WatchWish['told']>,
): Promise<number> {
  let last = after;
  for (;;) {
    const page = await api.taskEvents(id, { after: last, limit: EVENTS_AT_ONCE });
    if (!page.ok) return last;
    for (const event of page.value.items) told(event);
    last = page.value.items.at(-1)?.sequence ?? last;
    if (page.value.next === null) return last;
  }
}

/** Prints what is told as a line for each event; with --json each as a document. */
export const eventPrinter =
  (context: CommandContext) =>
  (event: TaskEventView): void => {
    if (context.json) context.printJson(event);
    else context.print(taskEventLine(event, context.style));
  };

/** Prints each change as a line; with --json each as a document. */
export const changePrinter =
  (context: CommandContext) =>
  (task: TaskView): void => {
    if (context.json) context.printJson(task);
    else context.print(`${momentWords(context.world.now())}  ${taskWords(task, context.style)}`);
  };

const hasChanged = (before: TaskView, after: TaskView): boolean =>
  (['state', 'attempt', 'failures', 'worker', 'revision'] as const).some((key) => before[key] !== after[key]);

const exitCodeOf = ({ state }: TaskView): ExitCode => (state === 'succeeded' ? EXIT.ok : EXIT.failed);

function cutShort(task: TaskView, trouble: Refused | null, isLate: boolean): Watched {
  if (!isLate) return { ok: true, task, exitCode: EXIT.interrupted };
  return refusal(trouble?.exitCode ?? EXIT.timedOut, trouble?.code ?? 'timed-out', {
    detail: trouble?.detail ?? `The task ${task.id} has not ended in time; it is ${task.state}.`,
    remedy: `It goes on; \`sluice tasks watch ${task.id}\` waits on.`,
  });
}
