import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { phaseTone } from './rollout-words.ts';
import { sourceWords } from './source-words.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords, spanWords } from './words.ts';

/** Rollouts as a table; the track is a column only where there are several, and the change where one is known. */
export function historyLines(rollouts: readonly RolloutView[], space: Space): readonly string[] {
  if (rollouts.length === 0) return ['There has been no rollout yet.'];
  const { style, columns } = space;
  const tracks = new Set(rollouts.map(({ track }) => track));
  const hasSources = rollouts.some(({ source }) => source !== undefined);
  const rows = rollouts.map((rollout) => [
    rollout.id,
    ...(tracks.size > 1 ? [rollout.track] : []),
    rollout.version,
    style.paint(phaseTone(rollout), rollout.phase.replace('-', ' ')),
    rollout.lane === 'normal' ? rollout.plan.kind : rollout.lane,
    momentWords(rollout.requestedAt),
    tookWords(rollout, space.now),
    rollout.requestedBy,
    ...(hasSources ? [sourceWords(rollout.source)] : []),
    rollout.reason ? `${rollout.reason.kind}: ${harmless(rollout.reason.detail)}` : '',
  ]);
  const titles = [
    'ROLLOUT',
    ...(tracks.size > 1 ? ['TRACK'] : []),
    'VERSION',
    'STATE',
    'KIND',
    'ASKED FOR',
    'TOOK',
    'BY',
    ...(hasSources ? ['CHANGE'] : []),
    'BECAUSE',
  ];
  const lines = table(
    titles.map((title) => ({ title })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}

function tookWords({ startedAt, finishedAt }: RolloutView, now: number): string {
  if (startedAt === null) return '-';
  return finishedAt === null ? `${spanWords(now - startedAt)} so far` : spanWords(finishedAt - startedAt);
}
