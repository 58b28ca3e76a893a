/**
 * Lives through many stories: `npm run sim -- --seeds 100000 [--from 1]`. Ends with 1 when a promise was broken, and
 * prints the shortest story that breaks it.
 */
import { parseArgs } from 'node:util';
import { shrink } from './run/shrink.ts';
import { liveThrough, tellStory } from './run/tell-story.ts';
import { scriptOfSeed } from './script/script-of-seed.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '2000' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const count = Number(values.seeds);
/** How often progress is told. */
const TOLD_EVERY = 1000;
/** More broken seeds than this are counted and not told. */
const MOST_TOLD = 3;

const broken: number[] = [];
const begun = performance.now();
let looks = 0;
for (let seed = from; seed < from + count; seed++) {
  const outcome = liveThrough(scriptOfSeed(seed));
  looks += outcome.looks;
  if (outcome.broken) broken.push(seed);
  if ((seed - from + 1) % TOLD_EVERY === 0)
    say(`${seed - from + 1} stories, ${broken.length} broken promises`);
}
for (const seed of broken.slice(0, MOST_TOLD)) {
  const script = shrink(scriptOfSeed(seed));
  const { outcome, text } = tellStory(script);
  say(`\nseed ${seed} breaks a promise: ${outcome.broken?.message ?? ''}\n${text}`);
}
const seconds = (performance.now() - begun) / 1000;
say(
  `${count} stories from seed ${from}, ${looks} looks, ${broken.length} broken promises, ${seconds.toFixed(1)} s`,
);
if (broken.length > 0) say(`seeds: ${broken.join(' ')}`);
process.exitCode = broken.length > 0 ? 1 : 0;

function say(words: string): void {
  process.stdout.write(`${words}\n`);
}
