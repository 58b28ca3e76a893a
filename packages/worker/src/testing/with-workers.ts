import { afterEach, expect, vi } from 'vitest';
import { type StartedWorker, startWorker } from '../start-worker.ts';
import type { WorkerOptions } from '../worker-options.ts';
import type { WorkerReport } from '../worker-report.ts';
import { ScriptedServer, type ScriptedSession } from './scripted-server.ts';

/** Workers and scripted servers of one test file; all of them are gone after each test. */
export interface WorkerStage {
  server(onSession?: (session: ScriptedSession) => void): ScriptedServer;
  hire<Input>(url: string, options: WorkerOptions<Input>): Promise<StartedWorker>;
  /** Tasks that a handler has begun. */
  readonly begun: string[];
  readonly reports: WorkerReport[];
  kinds(): readonly string[];
}

/** For a test file. */
export function withWorkers(): WorkerStage {
  const cleanups: (() => Promise<unknown>)[] = [];
  const reports: WorkerReport[] = [];
  const begun: string[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
    reports.length = 0;
    begun.length = 0;
  });
  return {
    ...{ begun, reports, kinds: () => reports.map(({ kind }) => kind) },
    server: (onSession) => {
      const made = new ScriptedServer(onSession);
      cleanups.push(() => made.close());
      return made;
    },
    hire: async (url, options) => {
      const worker = await startWorker({
        ...{ url, agent: 'shop/production/triage', revision: 'triage-1', stopsOnSignals: false },
        ...{ graceMs: 200, lastWordsMs: 50, backoff: { initialMs: 5, maxMs: 20 } },
        report: (report) => void reports.push(report),
        ...options,
        handle: (task, context) => {
          begun.push(task.id);
          return options.handle(task, context);
        },
      });
      cleanups.unshift(() => worker.stop(0));
      return worker;
    },
  };
}

/** Looks again and again until something holds. */
export const until = (check: () => unknown): Promise<unknown> =>
  vi.waitFor(check, { timeout: 10_000, interval: 5 });

/** The session of that number, counted from 0, once it is there. */
export async function sessionOf(from: ScriptedServer, nth = 0): Promise<ScriptedSession> {
  await until(() => expect(from.sessions.length).toBeGreaterThan(nth));
  return from.sessions[nth] as ScriptedSession;
}
