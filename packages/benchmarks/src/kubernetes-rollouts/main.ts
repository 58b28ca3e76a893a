/**
 * A thousand Kubernetes rollouts at once in one control plane: memory, requests to the API server, reaction to pods.
 *
 *   node packages/benchmarks/src/kubernetes-rollouts/main.ts [--rollouts 1000] [--instances 3] [--latency 5]
 *     [--settle-seconds 30] [--quiet-seconds 120] [--changes 200] [--at-once 4] [--pause 300] [--look-every MS] [--profile FOLDER]
 *     [--raised] [--results FOLDER]
 *
 * Writes kubernetes-rollouts.md. With `--profile` the control plane leaves a processor profile;
 * with `--raised` everything that is measured is put above its neighbours.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadAverage } from '../machine-shape.ts';
import { raisePriority } from '../raise-priority.ts';
import { goalWords, RESULTS, writeResultFile } from '../result-file.ts';
import { forgetPeak, peakBytes } from '../rig/process-figures.ts';
import { allTracks, bringUpFleet, isJudged } from './bring-up-fleet.ts';
import { fleetFiles } from './fleet-files.ts';
import { startKubernetesPlane } from './kubernetes-plane.ts';
import { momentOf } from './moment.ts';
import { measureReactions } from './measure-reactions.ts';
import { kubernetesReport } from './report.ts';

const { values } = parseArgs({
  options: {
    rollouts: { type: 'string', default: '1000' },
    instances: { type: 'string', default: '3' },
    latency: { type: 'string', default: '5' },
    'settle-seconds': { type: 'string', default: '30' },
    'quiet-seconds': { type: 'string', default: '120' },
    changes: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '4' },
    pause: { type: 'string', default: '300' },
    'look-every': { type: 'string' },
    profile: { type: 'string' },
    raised: { type: 'boolean', default: false },
    results: { type: 'string', default: RESULTS },
  },
});

const say = (words: string): void =>
  void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${words}\n`);

function againOf(): string {
  const { results: _results, profile: _profile, raised, ...others } = values;
  const given = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${value}`],
  );
  const flags = raised ? ['--raised'] : [];
  return ['node packages/benchmarks/src/kubernetes-rollouts/main.ts', ...given, ...flags].join(' ');
}

/** So many of all, evenly spread. */
const spread = (all: readonly string[], count: number): readonly string[] =>
  all.filter(
    (_, index) => Math.floor((index * count) / all.length) !== Math.floor(((index - 1) * count) / all.length),
  );

async function main(): Promise<void> {
  const loadBefore = loadAverage();
  const isRaised = values.raised && raisePriority();
  const rollouts = Number(values.rollouts);
  const instances = Number(values.instances);
  const files = fleetFiles(rollouts, instances);
  const lookEveryMs = values['look-every'] === undefined ? undefined : Number(values['look-every']);
  const pods = rollouts * (instances + Math.ceil(instances / 4));
  const plane = await startKubernetesPlane({
    pods: 2 * pods,
    latencyMs: Number(values.latency),
    lookEveryMs,
    profileFolder: values.profile,
  });
  try {
    say(`releasing ${rollouts} components with ${instances} pods each`);
    await bringUpFleet(plane.api, files, plane.directory, say);
    await delay(Number(values['settle-seconds']) * 1000); // What was caused by coming up is to be over.
    const comingUpBytes = await peakBytes(plane.pid);
    await forgetPeak(plane.pid);
    const quiet = [await momentOf(plane)];
    say(`nothing changes for ${values['quiet-seconds']} s`);
    await delay(Number(values['quiet-seconds']) * 1000); // What is measured is a time.
    quiet.push(await momentOf(plane));
    const quietBytes = await peakBytes(plane.pid);
    const sampled = spread(
      files.flatMap(({ tracks }) => tracks),
      Number(values.changes) / 2,
    );
    say(`${2 * sampled.length} changes of readiness`);
    const reactions = await measureReactions(plane, sampled, {
      atOnce: Number(values['at-once']),
      pauseMs: Number(values.pause),
    });
    const after = await momentOf(plane);
    const judged = (await allTracks(plane.api)).filter(isJudged).length;
    const report = kubernetesReport({
      ...{ rollouts, instances, pods, latencyMs: Number(values.latency), lookEveryMs, judged },
      ...{ settleSeconds: Number(values['settle-seconds']), comingUpBytes, quietBytes },
      peakBytes: Math.max(comingUpBytes, quietBytes, await peakBytes(plane.pid)),
      moments: [quiet[0], quiet[1], after].filter((moment) => moment !== undefined),
      ...{ isRaised, atOnce: Number(values['at-once']) },
      ...{ reactions, loadBefore, again: againOf() },
    });
    for (const goal of report.goals) say(goalWords(goal));
    for (const { text } of report.sections) say(text.join('\n'));
    say(`written: ${writeResultFile(values.results, 'kubernetes-rollouts.md', report)}`);
  } finally {
    await plane.close();
  }
}

await main();
