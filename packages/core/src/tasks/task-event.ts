import type { Instant } from '../kernel/instant.ts';

/** Something that is told of a task while it is worked on. */
export type TaskEventBody =
  | { readonly kind: 'log'; readonly level: string; readonly message: string }
  /** `part` from 0 to 1. */
  | { readonly kind: 'progress'; readonly part: number; readonly message: string }
  /** Text as the agent writes it, piece by piece. */
  | { readonly kind: 'output'; readonly text: string }
  | ToolCallEvent
  /** What the attempt used so far; costs in millionths of a currency. */
  | {
      readonly kind: 'usage';
      readonly inputTokens: number;
      readonly outputTokens: number;
      readonly costMicros: number;
    };

/** A call of a tool: told when it begins, and again with its end. */
export interface ToolCallEvent {
  readonly kind: 'tool-call';
  /** Names the call within its attempt. */
  readonly id: string;
  readonly tool: string;
  /** Any JSON. */
  readonly arguments: unknown;
  readonly state: 'begun' | 'succeeded' | 'failed';
  /** Any JSON; null unless it succeeded. */
  readonly result: unknown;
  readonly error: string | null;
  readonly durationMs: number | null;
}

/** An event of a task, with where it came from. */
export interface TaskEvent {
  readonly task: string;
  /** Of which attempt it was told. */
  readonly attempt: number;
  readonly at: Instant;
  readonly body: TaskEventBody;
}

/** What is kept of what is told. */
export const TASK_EVENT_LIMITS = {
  /** Events of one task that one server takes; the rest is left out, and that is told. */
  ofTask: 10_000,
  /** Of output in one event, in characters; longer text is kept in several. */
  piece: 32 * 1024,
  /** Of any other text, in characters; the rest is cut. */
  text: 8 * 1024,
  /** Of what a tool got or gave, in characters of JSON; what is longer is replaced by how long it is. */
  json: 32 * 1024,
} as const;

/** An event as it is kept: within the limits, and in several pieces where that loses nothing. */
export function keptBodies(body: TaskEventBody): readonly TaskEventBody[] {
  const { piece } = TASK_EVENT_LIMITS;
  switch (body.kind) {
    case 'output':
      return Array.from({ length: Math.ceil(body.text.length / piece) }, (_, nth) => ({
        kind: 'output',
        text: body.text.slice(nth * piece, (nth + 1) * piece),
      }));
    case 'tool-call':
      return [
        {
          ...body,
          ...{ id: cut(body.id), tool: cut(body.tool) },
          ...{ arguments: keptJson(body.arguments), result: keptJson(body.result) },
          error: body.error === null ? null : cut(body.error),
        },
      ];
    case 'log':
      return [{ ...body, level: body.level.slice(0, 20), message: cut(body.message) }];
    case 'progress':
      return [{ ...body, message: cut(body.message) }];
    case 'usage':
      return [body];
  }
}

const cut = (text: string): string => text.slice(0, TASK_EVENT_LIMITS.text);

function keptJson(value: unknown): unknown {
  const { length } = JSON.stringify(value) ?? 'null';
  return length <= TASK_EVENT_LIMITS.json ? value : `(${length} characters of JSON)`;
}
