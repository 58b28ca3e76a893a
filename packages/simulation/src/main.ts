/**
 * Lives through many stories: `npm run sim -- --seeds 100000 [--from 1] [--about rollouts|tasks]`, or tells one:
 * `--scenario abort-is-obeyed`, `--seed 42`, `--seed 42 --about tasks`. Ends with 1 when a promise was broken, and prints the
 * shortest story that breaks it.
 */
import { parseArgs } from 'node:util';
import { runSeeds } from './run/run-seeds.ts';
import { shrink } from './run/shrink.ts';
import { tellStory } from './run/tell-story.ts';
import { ALL_SCENARIOS } from './scenarios/all-scenarios.ts';
import type { Script } from './script/script.ts';
import { scriptOfSeed } from './script/script-of-seed.ts';
import { tellTasks } from './tasks/live-through-tasks.ts';
import { runTaskSeeds } from './tasks/run-task-seeds.ts';
import { shrinkTasks } from './tasks/shrink-tasks.ts';
import { taskScriptOfSeed } from './tasks/task-script-of-seed.ts';

/** More broken seeds than this are counted and not told. */
const MOST_TOLD = 3;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    scenario: { type: 'string' },
    about: { type: 'string' },
  },
});

const aboutTasks = values.about !== 'rollouts';
const aboutRollouts = values.about !== 'tasks';
if (values.about !== undefined && aboutTasks && aboutRollouts) {
  say(`no story is about ${values.about}; there are stories about rollouts and about tasks`);
  process.exitCode = 2;
} else if (values.scenario !== undefined) tellScenario(values.scenario);
else if (values.seed !== undefined) await tellSeed(Number(values.seed));
else {
  if (aboutRollouts) runMany(Number(values.from), Number(values.seeds));
  if (aboutTasks) await runManyTasks(Number(values.from), Number(values.seeds));
}

async function tellSeed(seed: number): Promise<void> {
  if (values.about !== 'tasks') return tell(scriptOfSeed(seed));
  const { outcome, text } = await tellTasks(taskScriptOfSeed(seed));
  say(text);
  say(outcome.broken?.message ?? 'every promise was kept');
  process.exitCode = outcome.broken ? 1 : 0;
}

function tellScenario(name: string): void {
  const scenario = ALL_SCENARIOS.find((known) => known.name === name);
  if (scenario) return tell(scenario.script);
  say(`no scenario is called ${name}; there are: ${ALL_SCENARIOS.map((known) => known.name).join(', ')}`);
  process.exitCode = 2;
}

function tell(script: Script): void {
  const { outcome, text } = tellStory(script);
  say(text);
  say(outcome.broken?.message ?? 'every promise was kept');
  process.exitCode = outcome.broken ? 1 : 0;
}

function runMany(from: number, count: number): void {
  const begun = performance.now();
  const sums = runSeeds(from, count, (done, broken) => say(`${done} stories, ${broken} broken promises`));
  for (const seed of sums.broken.slice(0, MOST_TOLD)) {
    const { outcome, text } = tellStory(shrink(scriptOfSeed(seed)));
    say(`\nseed ${seed} breaks a promise: ${outcome.broken?.message ?? ''}\n${text}`);
  }
  const seconds = (performance.now() - begun) / 1000;
  const { looks, rollouts, goodReleases, falseAlarms, broken } = sums;
  say(`${count} stories from seed ${from}: ${rollouts} rollouts, ${looks} looks, ${seconds.toFixed(1)} s`);
  say(
    `${falseAlarms} of ${goodReleases} undisturbed good releases were taken back by the judge (1 in 100 may be)`,
  );
  say(`${broken.length} broken promises${broken.length > 0 ? `, in the seeds ${broken.join(' ')}` : ''}`);
  if (broken.length > 0) process.exitCode = 1;
}

async function runManyTasks(from: number, count: number): Promise<void> {
  const begun = performance.now();
  const sums = await runTaskSeeds(from, count, (done, broken) =>
    say(`${done} stories of tasks, ${broken} broken promises`),
  );
  for (const seed of sums.broken.slice(0, MOST_TOLD)) {
    const { outcome, text } = await tellTasks(await shrinkTasks(taskScriptOfSeed(seed)));
    say(`\nseed ${seed} breaks a promise about tasks: ${outcome.broken?.message ?? ''}\n${text}`);
  }
  const seconds = (performance.now() - begun) / 1000;
  const { tasks, attempts, succeeded, dead, moved, copies, secondChances, leftOut, broken } = sums;
  say(
    `${count} stories of tasks from seed ${from}: ${tasks} tasks, ${attempts} attempts, ${seconds.toFixed(1)} s`,
  );
  say(`${succeeded} tasks succeeded, ${dead} failed for good, and ${moved} moved to another revision`);
  say(
    `${copies} were copies, ${secondChances} were tried once more, and ${leftOut} times a worker was left out`,
  );
  say(`${broken.length} broken promises${broken.length > 0 ? `, in the seeds ${broken.join(' ')}` : ''}`);
  if (broken.length > 0) process.exitCode = 1;
}

function say(words: string): void {
  process.stdout.write(`${words}\n`);
}
