import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endWords } from '../output/rollout-words.ts';
import { isReasonTold, type Told } from '../output/track-changes.ts';
import type { Refused } from '../refused.ts';
import { type Look, lookAtTracks } from './look-at-tracks.ts';
import { lookShow } from './show-looks.ts';

/** A rollout that is waited for. */
export interface Awaited {
  readonly id: string;
  readonly track: string;
}

/** How the wait ended. */
export interface WaitOutcome {
  readonly exitCode: ExitCode;
  /** Those that have ended, or are stuck. */
  readonly rollouts: readonly RolloutView[];
  /** What to say about it, for people; empty where all was said in the progress. */
  readonly words: string;
}

/** Shows the progress of rollouts until all have ended, one is stuck, the time is over, or Ctrl-C. */
export async function waitForRollouts(
  context: CommandContext,
  awaited: readonly Awaited[],
  timeoutMs: number,
): Promise<WaitOutcome> {
  const { world } = context;
  const api = await context.api();
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, world.interrupted]);
  // The one end that is waited for is the last word.
  const show = lookShow(context, { withoutEnds: awaited.length === 1 });
  const ended = new Map<string, RolloutView>();
  let trouble: Refused | null = null;
  try {
    const looks = lookAtTracks(api, [...new Set(awaited.map(({ track }) => track))], { world, signal });
    for (;;) {
      const { value, done } = await looks.next();
      if (done) return cutShort(context, { refused: value, trouble, isLate: deadline.aborted, ended });
      show.show(value);
      ({ trouble } = value);
      if (trouble === null) await noteEnded(api, awaited, value, ended);
      if (ended.size === awaited.length) return allEnded([...ended.values()], show.told);
      const stuck = activeOnes(awaited, value).find(({ phase }) => phase === 'stuck');
      if (stuck) return needsPerson(stuck);
    }
  } finally {
    show.end();
  }
}

/** A rollout has ended when it is neither under way nor queued; how, is asked of it unless the track tells. */
async function noteEnded(
  api: ApiClient,
  awaited: readonly Awaited[],
  { tracks }: Look,
  ended: Map<string, RolloutView>,
): Promise<void> {
  for (const { id, track } of awaited) {
    const seen = tracks.find((candidate) => candidate.id === track);
    if (ended.has(id) || !seen || isUnderWay(seen, id)) continue;
    if (seen.last?.id === id) ended.set(id, seen.last);
    else {
      const reply = await api.rollout(id);
      if (reply.ok && reply.value.outcome !== null) ended.set(id, reply.value);
    }
  }
}

const isUnderWay = ({ active, queued }: TrackView, id: string): boolean =>
  active?.id === id || queued.some((rollout) => rollout.id === id);

const activeOnes = (awaited: readonly Awaited[], { tracks }: Look): readonly RolloutView[] =>
  tracks.flatMap(({ active }) => (active && awaited.some(({ id }) => id === active.id) ? [active] : []));

function allEnded(rollouts: readonly RolloutView[], told: Told): WaitOutcome {
  const isGood = rollouts.every(({ outcome }) => outcome === 'succeeded');
  const words = rollouts
    .filter(({ id }) => !told.ends.has(id))
    .map((rollout) => `${rollout.track}: ${endWords(rollout, null, isReasonTold(told, rollout))}`)
    .join('\n');
  return { exitCode: isGood ? EXIT.ok : EXIT.rolledBack, rollouts, words };
}

const needsPerson = (stuck: RolloutView): WaitOutcome => ({
  exitCode: EXIT.needsPerson,
  rollouts: [stuck],
  words: `${stuck.track}: ${stuck.version} is stuck and needs a person: ${stuck.reason?.detail ?? 'see sluice explain'}`,
});

interface Cut {
  readonly refused: Refused | null;
  readonly trouble: Refused | null;
  readonly isLate: boolean;
  readonly ended: ReadonlyMap<string, RolloutView>;
}

function cutShort(context: CommandContext, { refused, trouble, isLate, ended }: Cut): WaitOutcome {
  const rollouts = [...ended.values()];
  if (refused) return { exitCode: refused.exitCode, rollouts, words: `${refused.detail} ${refused.remedy}` };
  const goesOn = 'It goes on: `sluice status --watch` follows it, `sluice abort` takes it back.';
  if (!isLate || context.world.interrupted.aborted)
    return { exitCode: EXIT.interrupted, rollouts, words: goesOn };
  if (trouble) return { exitCode: EXIT.unreachable, rollouts, words: `${trouble.detail} ${trouble.remedy}` };
  return { exitCode: EXIT.timedOut, rollouts, words: `The time to wait is over. ${goesOn}` };
}
