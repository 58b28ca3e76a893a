import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { liveThroughTasks, tellTasks } from '../src/tasks/live-through-tasks.ts';
import { MemoryTasks } from '../src/tasks/memory-tasks.ts';
import { shrinkTasks } from '../src/tasks/shrink-tasks.ts';
import type { TaskScript } from '../src/tasks/task-script.ts';
import { taskScriptOfSeed } from '../src/tasks/task-script-of-seed.ts';

const SEEDS = 300;
/** A planted bug that so many stories do not show would not be found in time by anybody. */
const SEEDS_TO_FIND = 300;

/** Seeds that once found a bug, one a line, with what it was. */
const kept = readFileSync(new URL('../task-seeds.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\d+\s/.test(line))
  .map((line) => ({ seed: Number(line.split(/\s+/)[0]), what: line.replace(/^\d+\s+/, '') }));

describe('tasks in a simulated world', () => {
  it(`keep every promise in ${SEEDS} stories`, { timeout: 300_000 }, async () => {
    const broken: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await liveThroughTasks(taskScriptOfSeed(seed));
      if (outcome.broken) broken.push(`seed ${seed}: ${outcome.broken.message}`);
    }
    expect(broken).toEqual([]);
  });

  it.each(kept)('keep their promises in seed $seed, which once found that $what', async ({ seed }) => {
    expect((await liveThroughTasks(taskScriptOfSeed(seed))).broken).toBeNull();
  });

  it('tell the same story twice for the same seed', async () => {
    const [one, two] = [await tellTasks(taskScriptOfSeed(7)), await tellTasks(taskScriptOfSeed(7))];
    expect(one.text).toBe(two.text);
    expect(one.outcome.sums).toEqual(two.outcome.sums);
  });
});

const { settle, submit, extend, lease, deal, move, compare } = MemoryTasks.prototype;
const { bucketsOf, countWaiting, isApart, lettersOf, lastOf, dropCopies } = MemoryTasks.prototype;
const whole = {
  ...{ settle, submit, extend, lease, deal, move, compare },
  ...{ bucketsOf, countWaiting, isApart, lettersOf, lastOf, dropCopies },
};
type Store = { -readonly [Key in keyof typeof whole]: MemoryTasks[Key] };
const store: Store = MemoryTasks.prototype;

/** Each of them is one guard of the store left out. */
const bugs: readonly { readonly bug: string; readonly promise: string; plant(): void }[] = [
  {
    bug: 'whose lease has ended is believed all the same',
    promise: 'no-double',
    plant: () => {
      store.settle = function (this: MemoryTasks, tenant, ends, how) {
        const counted = settle.call(this, tenant, ends, how);
        return new Set([
          ...counted,
          ...ends.filter(({ state }) => state === 'succeeded').map(({ id }) => id),
        ]);
      };
    },
  },
  {
    bug: 'tasks come in by a split that is not in force any more',
    promise: 'split-in-force',
    plant: () => {
      store.submit = function (this: MemoryTasks, tenant, batch) {
        const generation = this.dealt(tenant, batch.queue)?.generation ?? batch.generation;
        return submit.call(this, tenant, { ...batch, generation });
      };
    },
  },
  {
    bug: 'leases are not made longer, and a slow worker loses what it has',
    promise: 'lease-kept',
    plant: () => {
      store.extend = function (this: MemoryTasks, tenant, leases) {
        return extend.call(this, tenant, leases, 1);
      };
    },
  },
];

/** Of these the shortest story is not looked for: many of their stories go on until nobody has patience left. */
const moreBugs: readonly ((typeof bugs)[number] & { mayShow?(script: TaskScript): boolean })[] = [
  {
    bug: 'what is leased within limits is not counted',
    promise: 'running-limit',
    plant: () => {
      store.lease = function (this: MemoryTasks, row, how) {
        return lease.call(this, row, { ...how, isLimited: false });
      };
    },
  },
  {
    bug: 'nobody writes down what was taken of a bucket',
    promise: 'rate-limit',
    plant: () => {
      store.bucketsOf = () => new Map();
    },
  },
  {
    bug: 'what waits is not counted',
    promise: 'waiting-limit',
    plant: () => {
      store.countWaiting = () => 0;
    },
    mayShow: ({ servers, limits }) => servers === 1 && Object.keys(limits).length > 0,
  },
  {
    bug: 'who had a task is not looked at',
    promise: 'apart',
    plant: () => {
      store.isApart = () => true;
    },
  },
  {
    bug: 'what a bad release has failed stays dead',
    promise: 'second-chance',
    plant: () => {
      store.lettersOf = () => [];
    },
  },
  {
    bug: 'nobody knows where a session was',
    promise: 'home',
    plant: () => {
      store.lastOf = () => new Map();
    },
  },
  {
    bug: 'nothing is pinned',
    promise: 'pinned',
    plant: () => {
      store.deal = function (this: MemoryTasks, tenant, { pinMs: _pinMs, ...split }) {
        return deal.call(this, tenant, split);
      };
    },
  },
  {
    bug: 'what is worked on goes to others whatever was asked for',
    promise: 'unfinished',
    plant: () => {
      store.move = function (this: MemoryTasks, tenant, which) {
        return move.call(this, tenant, { ...which, running: true });
      };
    },
  },
  {
    bug: 'copies stay when nobody gets any',
    promise: 'nothing-lost',
    plant: () => {
      store.dropCopies = () => undefined;
    },
  },
  {
    bug: 'pairs are compared again and again',
    promise: 'copy',
    plant: () => {
      store.compare = function (this: MemoryTasks, limit) {
        const compared = compare.call(this, limit);
        for (const row of this.rows) Object.assign(row, { isCompared: false });
        return compared;
      };
    },
  },
];

/** The first story in which a promise is broken. */
async function foundIn(
  promise: string,
  mayShow: (script: TaskScript) => boolean = () => true,
): Promise<number> {
  let seed = 1;
  let broken = null;
  for (; seed <= SEEDS_TO_FIND && broken?.promise !== promise; seed++) {
    const script = taskScriptOfSeed(seed);
    if (mayShow(script)) broken = (await liveThroughTasks(script)).broken;
  }
  expect(broken?.promise).toBe(promise);
  return seed - 1;
}

describe('a bug that is planted on purpose', () => {
  afterEach(() => void Object.assign(store, whole));

  it.each(moreBugs)('is seen: $bug', { timeout: 240_000 }, async ({ plant, promise, mayShow }) => {
    plant();
    expect(await foundIn(promise, mayShow)).toBeGreaterThan(0);
  });

  it.each(bugs)('is found: $bug', { timeout: 240_000 }, async ({ plant, promise }) => {
    plant();
    const script = taskScriptOfSeed(await foundIn(promise));
    const shortest = await shrinkTasks(script);
    expect(shortest.faults.length + shortest.acts.length).toBeLessThanOrEqual(
      script.faults.length + script.acts.length,
    );
    expect((await tellTasks(shortest)).outcome.broken?.promise).toBe(promise);
  });
});
