import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ApiAnswer, ApiCaller, ApiRequest, ApiWatch, ApiWatchEvent } from '../../api/api-caller.ts';
import type { Clock } from '../watching/clock.ts';
import { type RecordedLine, type UntilCondition, holds, valueAt } from './conversation.ts';

/** What came back in a replay: answers and what watches saw, by step. */
export interface Replayed {
  readonly answers: ReadonlyMap<string, ApiAnswer>;
  readonly events: ReadonlyMap<string, readonly ApiWatchEvent[]>;
}

/** How long a condition may take by the given clock before the replay fails, in ms. */
const PATIENCE_MS = 120_000;

/** Sends the requests of a recording one after the other, with its own earlier answers where the recording used them. */
export async function replay(
  caller: ApiCaller,
  lines: readonly RecordedLine[],
  clock: Clock,
): Promise<Replayed> {
  const answers = new Map<string, ApiAnswer>();
  const events = new Map<string, ApiWatchEvent[]>();
  const open: ApiWatch[] = [];
  for (const line of lines) {
    if (line.pauseMs !== undefined) await pause(clock, line.pauseMs);
    if (line.request === undefined) continue;
    const request = filled(line, answers);
    if (line.during === undefined) {
      answers.set(line.step, await answered(caller, request, line, clock));
      continue;
    }
    const seen: ApiWatchEvent[] = [];
    events.set(line.step, seen);
    open.push(await caller.watch(request, (event) => seen.push(event)));
  }
  for (const watch of open) watch.close();
  return { answers, events };
}

/** Puts values of earlier answers where the recording had taken them from its own. */
function filled({ request, uses = [] }: RecordedLine, answers: ReadonlyMap<string, ApiAnswer>): ApiRequest {
  const copy = structuredClone(request) as ApiRequest;
  for (const { at, from, template } of uses) {
    const value = valueAt(answers.get(from.step), from.at);
    if (at === 'path') Object.assign(copy, { path: template?.replace('{}', String(value)) });
    else put(copy, at, value);
  }
  return copy;
}

function put(target: object, place: string, value: unknown): void {
  const dot = place.lastIndexOf('.');
  const parent = valueAt(target, place.slice(0, dot)) as Record<string, unknown>;
  parent[place.slice(dot + 1)] = value;
}

async function answered(
  caller: ApiCaller,
  request: ApiRequest,
  { step, until }: RecordedLine,
  clock: Clock,
): Promise<ApiAnswer> {
  if (until === undefined) return caller.send(request);
  const changes = await changesOf(caller, request);
  try {
    return await repeated(caller, request, { step, until }, changes, clock);
  } finally {
    changes.watch.close();
  }
}

async function repeated(
  caller: ApiCaller,
  request: ApiRequest,
  { step, until }: { readonly step: string; readonly until: readonly UntilCondition[] },
  changes: Changes,
  clock: Clock,
): Promise<ApiAnswer> {
  let isLate = false;
  const cancel = clock.after(PATIENCE_MS, () => {
    isLate = true;
    changes.tell();
  });
  for (;;) {
    const change = changes.next();
    const answer = await caller.send(request);
    if (until.every((condition) => holds(answer, condition))) {
      cancel();
      return answer;
    }
    if (isLate) {
      const message = `${step}: ${JSON.stringify(until)} did not come true: ${JSON.stringify(answer.body)}`;
      throw new SluiceError('timed-out', message, { next: 'stop' });
    }
    await change;
  }
}

interface Changes {
  readonly watch: ApiWatch;
  /** Resolves with the next change of the collection that the object belongs to. */
  next(): Promise<void>;
  /** Resolves those that wait, as a change does. */
  tell(): void;
}

async function changesOf(caller: ApiCaller, { path }: ApiRequest): Promise<Changes> {
  let told: (() => void)[] = [];
  const tell = (): void => {
    for (const resolve of told) resolve();
    told = [];
  };
  const watch = await caller.watch({ method: 'GET', path: collectionOf(path) }, tell);
  return { watch, tell, next: () => new Promise((resolve) => told.push(resolve)) };
}

/** `…/pods/one` lies in `…/pods`; a list is its own collection. */
function collectionOf(path: string): string {
  const parts = path.split('/').slice(1);
  const start = parts[0] === 'api' ? 2 : 3;
  const isNamespaced = parts[start] === 'namespaces' && parts.length > start + 2;
  const depth = start + (isNamespaced ? 3 : 1);
  return `/${parts.slice(0, depth).join('/')}`;
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(Math.max(0, delayMs), resolve);
  });
}
