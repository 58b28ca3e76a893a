import type { TaskView } from '@sluice/protocol/http/tasks.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { taskWords } from '../output/task-lines.ts';
import { momentWords } from '../output/words.ts';
import { type Refused, refusal, refusedByApi } from '../refused.ts';

/** Between two looks, in milliseconds. */
const LOOK_EVERY_MS = 500;

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
  { timeoutMs, show }: { readonly timeoutMs: number; readonly show: (task: TaskView) => void },
): Promise<Watched> {
  const { world } = context;
  const api = await context.api();
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, world.interrupted]);
  let seen: TaskView | null = null;
  let trouble: Refused | null = null;
  for (;;) {
    const reply = await api.task(id);
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
