import { type Engine, REAL_ENGINE } from '../engine/engine.ts';
import type { Script } from '../script/script.ts';
import { liveThrough } from './tell-story.ts';

/** Lists of a script from which parts may be left out. */
const LISTS = ['faults', 'acts'] as const;
/** Attempts at leaving something out; each lives through a whole story. */
const MOST_ATTEMPTS = 2000;

/**
 * The shortest script that still breaks the same promise: faults and acts are left out one by one, until none can be
 * spared. A script that breaks nothing comes back as it is.
 */
export function shrink(script: Script, engine: Engine = REAL_ENGINE): Script {
  const promise = liveThrough(script, engine).broken?.promise;
  if (promise === undefined) return script;
  let shortest = script;
  let attempts = 0;
  for (let isShorter = true; isShorter && attempts < MOST_ATTEMPTS; ) {
    isShorter = false;
    for (const shorter of shorterBy(shortest)) {
      attempts += 1;
      if (liveThrough(shorter, engine).broken?.promise !== promise) continue;
      shortest = shorter;
      isShorter = true;
      break;
    }
  }
  return shortest;
}

/** The scripts with one part less, the greatest savings first. */
function* shorterBy(script: Script): Generator<Script> {
  if (script.replicas > 1) yield { ...script, replicas: 1 };
  if (script.workers > 1) yield { ...script, workers: 1 };
  for (const list of LISTS)
    for (let index = script[list].length - 1; index >= 0; index--)
      yield { ...script, [list]: script[list].filter((_, at) => at !== index) };
}
