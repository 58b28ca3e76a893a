import { create } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import {
  type TaskEvent,
  TaskEventSchema,
  TaskLogSchema,
  TaskProgressSchema,
  UsageSchema,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { WorkRequest } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { SCORE_RULES } from '@sluice/protocol/http/score-rules.ts';
import { toolCaller, type ToolPorts } from './call-tool.ts';
import type { KeepingContext } from './task-keeping.ts';
import type { ToolsContext } from './task-tools.ts';
import type { TaskContext, UsageAdded } from './task.ts';
import { type AttemptName, type CountedUsage, newsRequest } from './work-requests.ts';

/** What an attempt has told so far. */
export interface TaskNotes {
  readonly context: Omit<TaskContext, keyof KeepingContext | keyof ToolsContext>;
  used(): CountedUsage;
  scores(): { [name: string]: number };
}

/** Where news go. */
export interface NotesPorts extends Omit<ToolPorts, 'tell' | 'ended'> {
  /** Takes news of a size in characters; resolves when there is room for more. */
  readonly tell: (news: WorkRequest, size: number) => Promise<void>;
}

/** About what an event weighs beside its text, in characters. */
const EVENT_SIZE = 100;
/** Longer lines are cut, in characters. */
const LINE = 8 * 1024;
/** Longer text is told in several pieces, in characters. */
const PIECE = 64 * 1024;

/** Begins the notes of one attempt. */
export function taskNotes(name: AttemptName, ports: NotesPorts): TaskNotes {
  const used = { inputTokens: 0, outputTokens: 0, costMicros: 0 };
  const scores: { [name: string]: number } = {};
  const counts = { toolCalls: 0, toolErrors: 0 };
  const usage = (): CountedUsage => ({
    inputTokens: BigInt(used.inputTokens),
    outputTokens: BigInt(used.outputTokens),
    costMicros: BigInt(used.costMicros),
    ...counts,
  });
  const tell = (event: TaskEvent['event'], size: number): Promise<void> =>
    ports.tell(newsRequest(name, create(TaskEventSchema, { at: timestampNow(), event })), size);

  const context: TaskNotes['context'] = {
    signal: ports.signal,
    progress: (part, message = '') => {
      const value = create(TaskProgressSchema, {
        part: Math.min(1, Math.max(0, part)) || 0,
        message: message.slice(0, LINE),
      });
      return tell({ case: 'progress', value }, EVENT_SIZE + value.message.length);
    },
    output: async (text) => {
      for (let at = 0; at < text.length; at += PIECE) {
        const value = text.slice(at, at + PIECE);
        await tell({ case: 'output', value }, value.length);
      }
    },
    log: (message, level = 'info') => {
      const value = create(TaskLogSchema, { level, message: message.slice(0, LINE) });
      return tell({ case: 'log', value }, EVENT_SIZE + value.message.length);
    },
    tool: toolCaller({
      ...ports,
      ended: (hasFailed) => {
        counts.toolCalls += 1;
        counts.toolErrors += hasFailed ? 1 : 0;
      },
      tell: (call) => tell({ case: 'toolCall', value: call }, EVENT_SIZE + sizeOf(call)),
    }),
    usage: (added) => {
      for (const key of KINDS) used[key] += counted(key, added[key]);
      return tell({ case: 'usage', value: create(UsageSchema, usage()) }, EVENT_SIZE);
    },
    score: (score, value) => {
      if (!(value >= 0 && value <= 1)) throw invalid(`the score ${score} is ${value}; scores go from 0 to 1`);
      if (!SCORE_RULES.name.test(score))
        throw invalid(
          `the score "${score}" has no name of letters, digits, dot, dash and underscore, at most 64`,
        );
      scores[score] = value;
      if (Object.keys(scores).length > SCORE_RULES.most) {
        delete scores[score];
        throw invalid(`the score ${score} is one more than the ${SCORE_RULES.most} that an attempt may have`);
      }
    },
  };
  return { context, used: usage, scores: () => ({ ...scores }) };
}

const KINDS: readonly (keyof UsageAdded)[] = ['inputTokens', 'outputTokens', 'costMicros'];

/** Whole and not negative, as the wire has it. */
function counted(key: keyof UsageAdded, added = 0): number {
  const whole = Math.round(added);
  if (Number.isSafeInteger(whole) && whole >= 0) return whole;
  throw invalid(`the usage ${key} is ${added}; it is a number from 0`);
}

/** Its JSON is bounded where it is made. */
const sizeOf = (call: {
  readonly arguments?: unknown;
  readonly result?: unknown;
  readonly error: string;
}): number => JSON.stringify([call.arguments ?? null, call.result ?? null]).length + call.error.length;

const invalid = (message: string): SluiceError => new SluiceError('invalid-input', message, { next: 'stop' });
