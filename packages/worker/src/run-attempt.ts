/**
 * Purpose: one attempt at one task, from its input to its word for the server.
 *
 * Owns: the handler's signal and its timers. 1. It ends exactly once, and never rejects. 2. After its signal was aborted
 * the handler has the grace to end; then it is left behind, and what it does later is only reported. 3. A task that was
 * taken away says nothing. 4. Nothing that is thrown is lost: it is told to the server, or reported.
 */
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { AssignTask, WorkRequest } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { plainJson, resultValue } from './json-value.ts';
import { after } from './pause.ts';
import type { InputParser, Task, TaskHandler } from './task.ts';
import { type AbortReason, isAbort, TaskAborted, TaskError, wordsOf } from './task-error.ts';
import type { ToolCaller } from './call-tool.ts';
import type { TaskKeeping } from './task-keeping.ts';
import type { ToolsContext } from './task-tools.ts';
import { taskNotes, type TaskNotes } from './task-notes.ts';
import { completeRequest, failRequest, returnRequest } from './work-requests.ts';
import type { ReportSink } from './worker-report.ts';

/** What attempts are made with. */
export interface AttemptPorts<Input> {
  readonly handle: TaskHandler<Input>;
  readonly input: InputParser<Input>;
  /** How long a handler may go on after its signal was aborted, in ms. */
  readonly graceMs: number;
  readonly tell: (news: WorkRequest, size: number) => Promise<void>;
  readonly report: ReportSink;
  /** What the attempt keeps at the server. */
  readonly keeping: (assigned: AssignTask, signal: AbortSignal) => TaskKeeping;
  readonly tools: (assigned: AssignTask, signal: AbortSignal, tell: ToolCaller) => ToolsContext;
  readonly now: () => number;
  readonly chance: () => number;
}

/** An attempt under way. */
export interface AttemptRun {
  /** The word for the server; null when there is nothing to say. */
  readonly ended: Promise<WorkRequest | null>;
  abort(reason: AbortReason): void;
}

/** How the handler ended. */
type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly thrown: unknown };

/** Begins an attempt. */
export function runAttempt<Input>(assigned: AssignTask, ports: AttemptPorts<Input>): AttemptRun {
  const { report, graceMs } = ports;
  const name = { taskId: assigned.taskId, attempt: assigned.attempt };
  const aborter = new AbortController();
  const ended = Promise.withResolvers<WorkRequest | null>();
  let reason: AbortReason | null = null;
  let isOver = false;
  let cancelGrace = (): void => undefined;

  const notes = taskNotes(name, {
    signal: aborter.signal,
    tell: (news, size) => (isOver ? Promise.resolve() : ports.tell(news, size)),
    late: (tool, error) => report({ kind: 'tool-late', ...name, tool, error }),
    chance: ports.chance,
  });
  const end = (word: WorkRequest | null): void => {
    isOver = true;
    cancelDeadline();
    cancelGrace();
    ended.resolve(word);
  };
  const failed = (thrown: unknown): WorkRequest => {
    const error = TaskError.from(thrown);
    report({ kind: 'task-failed', ...name, failureClass: error.failureClass, error: thrown });
    return failRequest(name, error, notes.used());
  };
  const abort = (why: AbortReason): void => {
    if (isOver) return;
    const isFirst = reason === null;
    // What was taken away stays so; a deadline that ends while the worker stops changes nothing.
    if (isFirst || why === 'revoked' || why === 'lost') reason = why;
    if (!isFirst) return;
    cancelGrace = after(graceMs, () => {
      report({ kind: 'left-behind', ...name });
      end(wordWithoutOutcome());
    });
    aborter.abort(new TaskAborted(why));
  };
  const wordWithoutOutcome = (): WorkRequest | null => {
    if (reason === 'timeout') return failed(new TaskError('timeout', new TaskAborted('timeout').message));
    return reason === 'stopping' ? returnRequest(name) : null;
  };
  const settle = (outcome: Outcome): void => {
    const isOdd = !outcome.ok && !isAbort(outcome.thrown);
    const isHeeded = reason === 'stopping' && !outcome.ok && !isOdd;
    const isMoot = isOver || isHeeded || (reason !== null && reason !== 'stopping');
    if (!isMoot) return end(outcome.ok ? done(outcome.result) : failed(outcome.thrown));
    if (isOdd) report({ kind: 'thrown-late', ...name, error: outcome.thrown });
    if (!isOver) end(wordWithoutOutcome());
  };
  const done = (result: unknown): WorkRequest => {
    try {
      return completeRequest(name, {
        result: resultValue(result),
        usage: notes.used(),
        scores: notes.scores(),
      });
    } catch (thrown) {
      return failed(thrown);
    }
  };

  const cancelDeadline =
    assigned.deadlineAt === undefined
      ? (): void => undefined
      : after(timestampDate(assigned.deadlineAt).getTime() - ports.now(), () => abort('timeout'));
  void handled(assigned, ports, notes).then(settle);
  return { ended: ended.promise, abort };
}

async function handled<Input>(
  assigned: AssignTask,
  { input, handle, keeping, tools }: AttemptPorts<Input>,
  { context }: TaskNotes,
): Promise<Outcome> {
  try {
    const kept = keeping(assigned, context.signal);
    const task = taskOf(assigned, parsed(input, await kept.input()));
    const all = { ...context, ...kept.context, ...tools(assigned, context.signal, context.tool) };
    return { ok: true, result: await kept.result(await handle(task, all)) };
  } catch (thrown) {
    return { ok: false, thrown };
  }
}

function parsed<Input>(parser: InputParser<Input>, value: unknown): Input {
  try {
    return typeof parser === 'function' ? parser(value) : parser.parse(value);
  } catch (thrown) {
    if (thrown instanceof TaskError) throw thrown;
    throw new TaskError('input', `the input is not what this agent takes: ${wordsOf(thrown)}`, {
      cause: thrown,
    });
  }
}

function taskOf<Input>(assigned: AssignTask, input: Input): Task<Input> {
  const { taskId: id, attempt, session, priority, deadlineAt, createdAt, mayAct } = assigned;
  return {
    ...{ id, attempt, input, priority, mayAct },
    lastCheckpoint: assigned.checkpoint === undefined ? null : plainJson(assigned.checkpoint),
    session: session === '' ? null : session,
    deadlineAt: deadlineAt === undefined ? null : timestampDate(deadlineAt),
    createdAt: createdAt === undefined ? new Date(0) : timestampDate(createdAt),
  };
}
