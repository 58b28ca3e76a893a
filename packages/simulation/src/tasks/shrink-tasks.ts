import { liveThroughTasks } from './live-through-tasks.ts';
import type { TaskScript } from './task-script.ts';

/** Attempts at leaving something out; each lives through a whole story. */
const MOST_ATTEMPTS = 1_000;

/** The shortest script that still breaks the same promise, parts left out one by one; one that breaks nothing comes back as it is. */
export async function shrinkTasks(script: TaskScript): Promise<TaskScript> {
  const promise = (await liveThroughTasks(script)).broken?.promise;
  if (promise === undefined) return script;
  let shortest = script;
  let attempts = 0;
  for (let isShorter = true; isShorter && attempts < MOST_ATTEMPTS; ) {
    isShorter = false;
    for (const shorter of shorterBy(shortest)) {
      attempts += 1;
      if ((await liveThroughTasks(shorter)).broken?.promise !== promise) continue;
      shortest = shorter;
      isShorter = true;
      break;
    }
  }
  return shortest;
}

/** The scripts with one part less, the greatest savings first. */
function* shorterBy(script: TaskScript): Generator<TaskScript> {
  if (script.servers > 1) yield { ...script, servers: 1 };
  if (script.skewMs > 0) yield { ...script, skewMs: 0 };
  for (let index = script.faults.length - 1; index >= 0; index--)
    yield { ...script, faults: script.faults.filter((_, at) => at !== index) };
  for (let index = script.acts.length - 1; index >= 1; index--)
    yield { ...script, acts: script.acts.filter((_, at) => at !== index) };
  for (const [index, act] of script.acts.entries())
    if (act.kind === 'submit' && act.count > 1) {
      const fewer = { ...act, count: Math.ceil(act.count / 4) };
      yield { ...script, acts: script.acts.map((one, at) => (at === index ? fewer : one)) };
    }
  for (const [index, worker] of script.workers.entries())
    if (worker.way !== 'honest' || worker.failureRate > 0) {
      const better = { ...worker, way: 'honest', failureRate: 0 } as const;
      yield { ...script, workers: script.workers.map((one, at) => (at === index ? better : one)) };
    }
}
