import type { ToolCaller } from './call-tool.ts';
import type { KeepingContext } from './task-keeping.ts';
import type { ToolsContext } from './task-tools.ts';

/** A task as its handler gets it. */
export interface Task<Input> {
  readonly id: string;
  /** Counts from 1; with the id it names this attempt, for whatever must not be done twice. */
  readonly attempt: number;
  readonly input: Input;
  readonly session: string | null;
  /** 0 to 9. */
  readonly priority: number;
  readonly deadlineAt: Date | null;
  readonly createdAt: Date;
  /** False where nothing may be done that others notice, because the result is only compared. */
  readonly mayAct: boolean;
  /** What an earlier attempt has saved with `checkpoint`; null where none has. */
  readonly lastCheckpoint: unknown;
}

/** What an attempt used, as added to what it used before. */
export interface UsageAdded {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** In millionths of the currency that the component's prices are in. */
  readonly costMicros?: number;
}

/** How loud a line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * What a handler works with. What it tells is sent when there is room: the promises resolve when there is, and never
 * reject; whoever does not await them while the server takes nothing has the newest of it left out.
 */
export interface TaskContext extends KeepingContext, ToolsContext {
  /** Aborted with a `TaskAborted` when the task has to stop; hand it to whatever waits. */
  readonly signal: AbortSignal;
  /** @param part from 0 to 1 */
  progress(part: number, message?: string): Promise<void>;
  /** Text as the agent writes it, piece by piece. */
  output(text: string): Promise<void>;
  log(message: string, level?: LogLevel): Promise<void>;
  /** Calls a tool of its own, which nobody has to declare, and tells of it; rejects with a `TaskError` of class `tool`, or the class that the tool chose. */
  readonly tool: ToolCaller;
  /** Counts what was used; the sum goes with the result, or the failure. */
  usage(added: UsageAdded): Promise<void>;
  /** Rates the result, from 0 to 1. */
  score(name: string, value: number): void;
}

/** Does one task: what it returns is the result (JSON), what it throws the failure. */
export type TaskHandler<Input> = (task: Task<Input>, context: TaskContext) => unknown;

/** Makes a typed input of JSON, or throws: a function, or any schema with `parse`. */
export type InputParser<Input> = ((value: unknown) => Input) | { readonly parse: (value: unknown) => Input };
