import type { Duration } from '@bufbuild/protobuf/wkt';
import {
  type Usage,
  FailureClass as SaidClass,
} from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import type { WorkRequest } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { type AttemptReport, NO_REPORT } from '@sluice/core/tasks/attempt-report.ts';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import { SCORE_RULES } from '@sluice/protocol/http/score-rules.ts';
import { TASK_LIMITS } from '@sluice/core/tasks/task-limits.ts';
import type { AttemptWord } from '../../tasks/attempt-end.ts';
import { jsonOfValue } from './json-value.ts';

/** How a worker ends an attempt. */
export interface EndingWord {
  readonly taskId: string;
  readonly attempt: number;
  readonly word: AttemptWord;
  readonly usage: Usage | undefined;
}

/** A worker may name any class but `lost`, which only the server can know; what is not known is a crash. */
const CLASSES: Readonly<Partial<Record<SaidClass, FailureClass>>> = {
  [SaidClass.INPUT]: 'input',
  [SaidClass.TRANSIENT]: 'transient',
  [SaidClass.RATE_LIMITED]: 'rate-limited',
  [SaidClass.TIMEOUT]: 'timeout',
  [SaidClass.TOOL]: 'tool',
  [SaidClass.MODEL]: 'model',
  [SaidClass.REFUSED]: 'refused',
  [SaidClass.CRASH]: 'crash',
};
const LONGEST_MESSAGE = 4_000;
/** Nobody is asked to wait for longer. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** The end of an attempt in a message of a worker; null when it says something else. */
export function endingWord({ message }: WorkRequest): EndingWord | null {
  switch (message.case) {
    case 'complete': {
      const { taskId, attempt, result, usage, scores } = message.value;
      const report = reportOf(usage, scores);
      return { taskId, attempt, usage, word: { ...resultWord(jsonOfValue(result)), report } };
    }
    case 'fail': {
      const { taskId, attempt, usage, failure, retryAfter } = message.value;
      const failureClass = CLASSES[failure?.failureClass ?? SaidClass.CRASH] ?? 'crash';
      const text = (failure?.message ?? '').slice(0, LONGEST_MESSAGE);
      const word = failed(failureClass, text, waitOf(retryAfter));
      return { taskId, attempt, usage, word: { ...word, report: reportOf(usage, {}) } };
    }
    case 'return':
      return { ...message.value, usage: undefined, word: { kind: 'returned' } };
    default:
      return null;
  }
}

/** A result that cannot be kept is a failure that no further attempt would mend. */
function resultWord(result: ReturnType<typeof jsonOfValue>): AttemptWord {
  if (!result.ok) return failed('refused', `Its result was refused: ${result.refusal.message}`, null);
  const bytes = Buffer.byteLength(JSON.stringify(result.value));
  if (bytes <= TASK_LIMITS.payloadBytes) return { kind: 'done', result: result.value };
  return failed(
    'refused',
    `Its result has ${bytes} bytes of JSON, and ${TASK_LIMITS.payloadBytes} are the most. Keep it elsewhere, and return its address.`,
    null,
  );
}

const failed = (failureClass: FailureClass, message: string, retryAfterMs: number | null): AttemptWord => ({
  kind: 'failed',
  failureClass,
  message,
  retryAfterMs,
});

/** What is no number, or none that is possible, was not told. */
function reportOf(
  { inputTokens, outputTokens, costMicros, toolCalls = 0, toolErrors = 0 }: Partial<Usage> = {},
  scores: Readonly<Record<string, number>>,
): AttemptReport {
  const isGood = ([name, score]: [string, number]): boolean =>
    SCORE_RULES.name.test(name) && score >= 0 && score <= 1;
  const told = Object.entries(scores).filter(isGood);
  return {
    ...NO_REPORT,
    usage: {
      inputTokens: Number(inputTokens ?? 0n),
      outputTokens: Number(outputTokens ?? 0n),
      costMicros: Number(costMicros ?? 0n),
    },
    scores: Object.fromEntries(told.slice(0, SCORE_RULES.most)),
    ...{ toolCalls, toolErrors: Math.min(toolErrors, toolCalls) },
  };
}

function waitOf(duration: Duration | undefined): number | null {
  if (duration === undefined) return null;
  const ms = Number(duration.seconds) * 1_000 + Math.ceil(duration.nanos / 1_000_000);
  return Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}
