import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBullMq } from './queues/bullmq.ts';
import { openDbos } from './queues/dbos.ts';
import { openGraphileWorker } from './queues/graphile-worker.ts';
import { openPgBoss } from './queues/pg-boss.ts';
import { openSluiceEngine } from './queues/sluice-engine.ts';
import { openSluiceWhole } from './queues/sluice-whole.ts';
import type { OpenQueue, TaskMix } from './queue-under-test.ts';

/** One that is measured. */
export interface Contender {
  readonly name: string;
  readonly isOurs: boolean;
  /** How it is set up, as a clause. */
  readonly setup: string;
  readonly open: OpenQueue;
  readonly mix: TaskMix;
  /** So many times fewer tasks than the quick ones, as it would take minutes otherwise. */
  readonly slower: number;
  /** Whether more workers mean anything to it. */
  readonly scales: boolean;
}

const PLAIN: TaskMix = { tenants: 1, fairnessKeys: 1, priorities: 1, sessions: 0 };
const EVERYTHING: TaskMix = { tenants: 1, fairnessKeys: 100, priorities: 3, sessions: 10 };

/** The version of a package that is installed here. */
function versionOf(name: string): string {
  for (const root of ['../../node_modules/', '../../../../node_modules/'])
    try {
      const path = fileURLToPath(new URL(`${root}${name}/package.json`, import.meta.url));
      return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
    } catch {
      // It lies in the other folder.
    }
  return 'unknown version';
}

const usual = { slower: 1, scales: true, mix: PLAIN };

/** All that are measured, ours first. */
export const CONTENDERS: readonly Contender[] = [
  {
    ...{ ...usual, name: 'Sluice engine', isOurs: true, open: openSluiceEngine },
    setup:
      'this commit; up to 500 tasks in a claim for all workers, as the dispatcher claims, and ended in one statement beside the next claim; leases fenced by worker and attempt, fair tags, one fairness key and one priority in the tasks',
  },
  {
    ...{ ...usual, name: 'Sluice engine, all on', isOurs: true, open: openSluiceEngine, mix: EVERYTHING },
    setup:
      'the same with 100 fairness keys, three priorities, and a session of ten tasks each, which go to who had the session before',
  },
  {
    ...{ ...usual, name: 'Sluice engine, 100 tenants', isOurs: true, open: openSluiceEngine },
    mix: { ...PLAIN, tenants: 100 },
    setup:
      'the same with 100 real tenants, each with a queue of its own; a request and a claim are of one tenant',
  },
  {
    ...{ ...usual, name: 'Sluice over gRPC', isOurs: true, open: openSluiceWhole, slower: 2 },
    setup:
      'the whole way: tasks over HTTP into a server process, workers of `@sluice/worker` in a second process, each with a session of its own over gRPC and 100 tasks at a time, a handler that returns at once',
  },
  {
    ...{ ...usual, name: 'pg-boss', isOurs: false, open: openPgBoss },
    setup: `${versionOf('pg-boss')}, \`work\` with batches of 500 and \`localConcurrency\`, \`burstWhenBatchFull\`, NOTIFY`,
  },
  {
    ...{ ...usual, name: 'graphile-worker', isOurs: false, open: openGraphileWorker },
    setup: `${versionOf('graphile-worker')}, a runner for each worker, local queue of 500, 24 at a time, jobs ended in batches; ended jobs are deleted`,
  },
  {
    ...{ ...usual, name: 'BullMQ, durable', isOurs: false, open: openBullMq(true) },
    setup: `${versionOf('bullmq')} with 50 at a time for each worker, on Redis with \`appendfsync always\`, which is what PostgreSQL does; done jobs are removed`,
  },
  {
    ...{ ...usual, name: 'BullMQ, everysec', isOurs: false, open: openBullMq(false) },
    setup: 'the same on Redis with `appendfsync everysec`, which may lose the last second',
  },
  {
    ...{ ...usual, name: 'DBOS queues', isOurs: false, open: openDbos, slower: 10, scales: false },
    setup: `${versionOf('@dbos-inc/dbos-sdk')}, one executor without a limit, which looks every 10 ms; has no workers to add within a process`,
  },
];

/** Those whose names begin so. */
export const contendersNamed = (only: readonly string[]): readonly Contender[] =>
  CONTENDERS.filter(({ name }) => only.length === 0 || only.some((begin) => name.startsWith(begin)));
