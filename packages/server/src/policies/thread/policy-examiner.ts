/**
 * Purpose: asks policies in a thread of their own, with a limit to time and memory.
 *
 * 1. One policy at a time, in the order in which they were asked for. 2. A policy that does not answer in time, or needs too
 * much memory, is ended with its thread and has failed; the next one gets a new thread. 3. The thread has no environment and
 * keeps no process alive. 4. A thread that nobody asks anything for a while ends; the next question begins another.
 */
import { Worker } from 'node:worker_threads';
import type { Policy, PolicyFacts } from '@sluice/core/policy/policy.ts';
import type { PolicyAnswer } from '../cel/ask-policy.ts';
import type { PolicyQuestion, PolicyReply } from './policy-questions.ts';

/** Asks policies what they say of components and objects. */
export interface PolicyExaminer {
  /** What a policy says of each; never rejects. */
  ask(policy: Policy, about: readonly PolicyFacts[]): Promise<readonly PolicyAnswer[]>;
  close(): Promise<void>;
}

/** Limits of one policy. */
export interface ExaminerLimits {
  /** For all that it is asked about in one release, in ms. */
  readonly timeMs: number;
  readonly memoryMegabytes: number;
  /** How long it may wait for those before it, in ms. */
  readonly waitMs: number;
}

/** Kubernetes lets an expression cost about a tenth of a second; a busy machine may need more. */
export const EXAMINER_LIMITS: ExaminerLimits = { timeMs: 2_000, memoryMegabytes: 96, waitMs: 20_000 };

/** A thread that was asked nothing for so long ends, in ms. */
const IDLE_MS = 60_000;
/** How long a thread may take to begin, in ms; what it loads is the same for all policies. */
const BEGIN_MS = 20_000;

/** Asks policies in a thread that begins with the first of them. */
export function policyExaminer(limits: ExaminerLimits = EXAMINER_LIMITS): PolicyExaminer {
  let thread: Worker | null = null;
  let number = 0;
  let last: Promise<unknown> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ended = thread;
    thread = null;
    await ended?.terminate();
  };
  const begun = async (): Promise<Worker> => {
    thread ??= await newThread(limits);
    return thread;
  };
  const askNow = async (policy: Policy, about: readonly PolicyFacts[]): Promise<readonly PolicyAnswer[]> => {
    clearTimeout(idle);
    number += 1;
    const answers = await begun()
      .then((worker) => answered(worker, { number, policy, about }, limits))
      .catch((thrown: unknown) => reasonOf(thrown));
    if (typeof answers !== 'string') {
      idle = setTimeout(() => void end(), IDLE_MS).unref();
      return answers;
    }
    await end();
    return failedAll(about, answers);
  };
  return {
    ask: (policy, about) => {
      const asked = Date.now();
      const turn = last.then(() =>
        Date.now() - asked > limits.waitMs
          ? failedAll(about, `it waited ${limits.waitMs} ms for other policies`)
          : askNow(policy, about),
      );
      last = turn;
      return turn;
    },
    close: async () => {
      await last;
      await end();
    },
  };
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const failedAll = (about: readonly PolicyFacts[], why: string): readonly PolicyAnswer[] =>
  about.map(() => ({ applies: true, broken: [], failed: [why], annotations: {} }));

async function newThread({ memoryMegabytes }: ExaminerLimits): Promise<Worker> {
  const worker = new Worker(new URL('./policy-thread.ts', import.meta.url), {
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 },
  });
  worker.unref();
  worker.on('error', () => undefined);
  await settled(worker, 'message', BEGIN_MS, 'the thread for policies did not begin in time');
  return worker;
}

async function answered(
  worker: Worker,
  question: PolicyQuestion,
  { timeMs, memoryMegabytes }: ExaminerLimits,
): Promise<readonly PolicyAnswer[] | string> {
  const reply = settled(worker, 'message', timeMs, `it did not answer within ${timeMs} ms`);
  worker.postMessage(question);
  const outcome = await reply.catch((thrown: unknown) => thrown);
  if (outcome instanceof Error)
    return 'code' in outcome && outcome.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? `it needs more than ${memoryMegabytes} MB of memory`
      : outcome.message;
  const { number, answers } = outcome as PolicyReply;
  return number === question.number ? answers : 'its answer was to another question';
}

/** The next message of a thread, its word that it is ready is the first; rejects when it fails, exits or takes too long. */
function settled(worker: Worker, event: 'message', withinMs: number, late: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (act: () => void): void => {
      clearTimeout(timer);
      for (const [name, listener] of listeners) worker.off(name, listener);
      act();
    };
    const listeners: readonly (readonly [string, (value: unknown) => void])[] = [
      [event, (value) => done(() => resolve(value))],
      ['error', (thrown) => done(() => reject(thrown))],
      ['exit', () => done(() => reject(new RangeError('the thread for policies has ended')))],
    ];
    const timer = setTimeout(() => done(() => reject(new RangeError(late))), withinMs);
    for (const [name, listener] of listeners) worker.on(name, listener);
  });
}
