import type { TrackView } from '@sluice/protocol/http/views.ts';
import { phaseTone } from './rollout-words.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo } from './text-width.ts';
import { trackFrame } from './track-frame.ts';

/** One track whole; of several a table, and below it those that are on their way, wait for something or have trouble. */
export function statusLines(tracks: readonly TrackView[], space: Space): readonly string[] {
  const [only, second] = tracks;
  if (!only)
    return ['Nothing has been released yet. `sluice deploy -f sluice.yaml` makes the first release.'];
  if (!second) return trackFrame(only, space);
  const told = tracks.filter(
    ({ active, explanation, revisions }) =>
      active !== null || explanation.waitingFor !== null || revisions.some(({ reason }) => reason !== null),
  );
  return [...overview(tracks, space), ...told.flatMap((track) => ['', ...trackFrame(track, space)])];
}

function overview(tracks: readonly TrackView[], { style, columns }: Space): readonly string[] {
  const rows = tracks.map((track) => [
    track.id,
    track.stable?.version ?? '-',
    readiness(track),
    track.active
      ? `${track.active.version} ${style.paint(phaseTone(track.active), track.active.phase.replace('-', ' '))}`
      : '',
  ]);
  const lines = table(
    [{ title: 'TRACK' }, { title: 'STABLE' }, { title: 'READY', align: 'right' }, { title: 'UNDER WAY' }],
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}

function readiness({ revisions }: TrackView): string {
  const stable = revisions.find(({ role }) => role === 'stable');
  return stable ? `${stable.ready ?? '?'}/${stable.ordered}` : '-';
}
