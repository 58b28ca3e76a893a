import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Fault, Quality } from '../script/script.ts';
import { promised } from './broken-promise.ts';
import type { Ended } from './ended.ts';
import type { Checker, Ground } from './checker.ts';
import { unexplained } from './explanations.ts';

const PROMISE = 'the right end';

/** Good releases succeed and bad ones are taken back, unless a person, a policy or a fault explains it. */
export function watchEnds({ script, begin, store, ends }: Ground): Checker {
  let from: Instant = begin;
  let byPerson: TrackEvent['kind'][] = [];
  const faultsBetween = (to: Instant): readonly Fault[] =>
    script.faults.filter(({ atMs, forMs }) => begin + atMs <= to && begin + atMs + forMs >= from);
  return {
    committed: ({ events, after, by }) => {
      for (const event of events) {
        if (event.kind === 'rolloutPlanned') {
          from = event.at;
          byPerson = [];
        } else if (by.startsWith('operator')) byPerson.push(event.kind);
        if (event.kind !== 'rolloutSucceeded' && event.kind !== 'rolloutRolledBack') continue;
        const rollout = after.last;
        if (!rollout) continue;
        const quality = qualityOf(rollout.candidate, { script });
        const stableQuality = rollout.stable === null ? null : qualityOf(rollout.stable, { script });
        const faults = faultsBetween(event.at);
        const ended: Ended = { rollout, quality, stableQuality, from, to: event.at, byPerson, faults };
        ends.push(ended);
        const words = unexplained(ended);
        promised(PROMISE, words === null, () => words ?? '');
      }
    },
    ended: () => promised(PROMISE, store.track.queue.length === 0, () => 'a release still waits'),
  };
}

function qualityOf(revision: string, { script }: Pick<Ground, 'script'>): Quality {
  const found = [script.stable, ...script.versions].find((known) => revision === `web-${known?.version}`);
  promised(PROMISE, found !== undefined && found !== null, () => `nobody knows ${revision}`);
  return (found as NonNullable<typeof found>).quality;
}
