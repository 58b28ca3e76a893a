import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { ToolFailure } from '@sluice/core/tasks/tool-call.ts';
import type { ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import type {
  CallHolder,
  NewToolCall,
  StoredFailure,
  ToolCallEnd,
  ToolCallName,
  ToolCallRow,
} from '../store/tools/tool-calls.ts';

/** Where calls are written down. */
export interface ToolCallRecords {
  find(tenant: string, name: ToolCallName): Promise<(ToolCallRow & { readonly result: unknown }) | undefined>;
  begin(tenant: string, call: NewToolCall): Promise<boolean>;
  tries(
    tenant: string,
    holder: CallHolder,
    by: Pick<ToolCallRow, 'tool' | 'version' | 'mayRepeat'>,
  ): Promise<boolean>;
  end(tenant: string, holder: CallHolder, end: ToolCallEnd): Promise<boolean>;
  giveUp(tenant: string, name: ToolCallName, failure: StoredFailure): Promise<void>;
  refuse(
    tenant: string,
    call: Omit<NewToolCall, 'leaseMs' | 'mayRepeat'>,
    failure: StoredFailure,
  ): Promise<void>;
}

/** A task that an attempt has at the moment. */
export interface CallingTask {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly session: string | null;
  readonly worker: string;
  /** False where nothing may be done that others notice. */
  readonly mayAct: boolean;
}

/** Who calls: an attempt at a task, by the worker that has it. */
export interface CallerName {
  readonly taskId: string;
  readonly attempt: number;
  readonly worker: string;
}

/** A tool as an agent may call it. */
export interface CallableTool {
  /** As the agent calls it. */
  readonly name: string;
  readonly description: string;
  readonly input: ToolDefinition['input'];
  readonly output: ToolDefinition['output'];
  readonly readOnly: boolean;
}

/** A call as an attempt asks for it. */
export interface ToolCallRequest extends CallerName {
  /** Names the call within its task: a second one of the same name is the same call. 1 to 200 characters. */
  readonly call: string;
  /** As the component calls the tool. */
  readonly tool: string;
  /** JSON; an object. */
  readonly arguments: unknown;
  /** Tools that the worker runs itself. */
  readonly ownTools: readonly string[];
}

/** What comes of a call. */
export type ToolCallAnswer =
  | {
      readonly kind: 'done';
      readonly result: unknown;
      /** `name@version`; empty where it is not known any more. */
      readonly servedBy: string;
      /** Whether it was made before, and this is what came of it then. */
      readonly isRepeated: boolean;
    }
  | {
      readonly kind: 'failed';
      readonly failure: StoredFailure;
      readonly servedBy: string;
      readonly isRepeated: boolean;
    }
  /** The worker runs it itself, and tells its end. */
  | { readonly kind: 'run-here'; readonly definition: ToolDefinition };

/** The end of a call that a worker made itself. */
export interface OwnCallEnd extends CallerName, ToolCallName {
  readonly end:
    | { readonly ok: true; readonly result: unknown }
    | { readonly ok: false; readonly failure: ToolFailure };
}

/** What a worker is told of the end of its own call. */
export interface OwnCallAnswer {
  /** Null when it succeeded. */
  readonly failure: StoredFailure | null;
  /** After how long it is to be called again, in ms; null for not at all. */
  readonly retryAfterMs: number | null;
}

/** What attempts at tasks may do with tools. */
export interface ToolDesk {
  /** What the agent of an attempt may call, as far as it is registered. */
  callable(tenant: string, caller: CallerName): Promise<Result<readonly CallableTool[]>>;
  call(tenant: string, request: ToolCallRequest): Promise<Result<ToolCallAnswer>>;
  ended(tenant: string, end: OwnCallEnd): Promise<Result<OwnCallAnswer>>;
  /** Ends what is under way, and waits for it. */
  close(): Promise<void>;
}
