import { readFileSync } from 'node:fs';
import type { ApiRequest } from '../../api/api-caller.ts';

/** A condition on an answer: a GET was repeated until all of them held. */
export interface UntilCondition {
  readonly at: string;
  readonly equals?: unknown;
  readonly atLeast?: number;
  readonly absent?: true;
  readonly sameAs?: string;
}

/** One line of a recording, as far as a replay with controllers needs it. */
export interface RecordedLine {
  readonly step: string;
  readonly request?: ApiRequest;
  readonly uses?: readonly {
    readonly at: string;
    readonly from: { readonly step: string; readonly at: string };
    readonly template?: string;
  }[];
  readonly until?: readonly UntilCondition[];
  readonly during?: readonly string[];
  readonly pauseMs?: number;
  readonly response?: { readonly status: number; readonly body?: unknown };
}

/** Reads a recording by its topic. */
export function readConversation(topic: string): readonly RecordedLine[] {
  return readLines(new URL(`../../../recordings/${topic}.jsonl`, import.meta.url)) as readonly RecordedLine[];
}

/** Reads a file of one JSON text per line. */
export function readLines(file: URL): readonly unknown[] {
  const text = readFileSync(file, 'utf8').trim();
  return text.split('\n').map((line) => JSON.parse(line) as unknown);
}

/** A dotted place in an answer; `[type=Ready]` picks from a list. */
export function valueAt(root: unknown, place: string): unknown {
  return place.split('.').reduce<unknown>((value, part) => {
    if (value === null || typeof value !== 'object') return undefined;
    const pick = /^\[(\w+)=(.*)\]$/.exec(part);
    if (pick === null) return (value as Record<string, unknown>)[part];
    const items = value as readonly Record<string, unknown>[];
    return items.find((item) => item[pick[1] ?? ''] === pick[2]);
  }, root);
}

/** Whether an answer fulfils a condition. */
export function holds(answer: unknown, condition: UntilCondition): boolean {
  const value = valueAt(answer, condition.at);
  if (condition.absent === true) return value === undefined;
  if (condition.atLeast !== undefined) return typeof value === 'number' && value >= condition.atLeast;
  if (condition.sameAs !== undefined) return value === valueAt(answer, condition.sameAs);
  return value === condition.equals;
}
