import { formatShare } from '@sluice/core/kernel/share.ts';
import { formatCount } from '@sluice/core/analysis/explain-judgement.ts';
import type { ArmView, TrackView } from '@sluice/protocol/http/views.ts';
import { shareBar } from './share-bar.ts';
import type { Style } from './style.ts';
import { aligned, type Column } from './table.ts';
import { widthOf } from './text-width.ts';
import { latencyWords, rateWords } from './words.ts';

type RevisionStatus = TrackView['revisions'][number];

/** What a line shows beside version, share, requests and errors. */
interface Layout {
  /** Columns of the bar; 0 for none. */
  readonly bar: number;
  readonly latency: boolean;
  readonly readiness: boolean;
}

/** From the most to the least: the bar goes first, for it says what the share beside it says. */
const LAYOUTS: readonly Layout[] = [
  { bar: 20, latency: true, readiness: true },
  { bar: 10, latency: true, readiness: true },
  { bar: 0, latency: true, readiness: true },
  { bar: 0, latency: true, readiness: false },
  { bar: 0, latency: false, readiness: false },
];

/** One line per revision: version, share, requests, errors, latency and readiness; as much of it as there is room for. */
export function revisionLines(track: TrackView, columns: number, style: Style): readonly string[] {
  const ordered = [...track.revisions].sort((a, b) => RANKS[a.role] - RANKS[b.role]);
  let lines: readonly string[] = [];
  for (const layout of LAYOUTS) {
    const rows = ordered.map((revision) => cellsOf(track, revision, layout, style));
    const texts = rows.map((cells) => cells.map(({ text }) => text));
    lines = aligned(rows[0] ?? [], texts);
    if (lines.every((line) => widthOf(line) <= columns)) break;
  }
  return lines;
}

const RANKS: Readonly<Record<RevisionStatus['role'], number>> = {
  stable: 0,
  candidate: 1,
  retained: 2,
  retiring: 3,
};

interface Cell extends Pick<Column, 'align'> {
  readonly text: string;
}

function cellsOf(track: TrackView, revision: RevisionStatus, layout: Layout, style: Style): readonly Cell[] {
  const tone = revision.role === 'candidate' ? 'accent' : revision.role === 'stable' ? 'good' : 'dim';
  const right = (text: string): Cell => ({ text, align: 'right' });
  return [
    { text: style.paint('dim', revision.role) },
    { text: style.paint('strong', revision.version) },
    ...(layout.bar > 0
      ? [{ text: style.paint(tone, shareBar(revision.shareBasisPoints, layout.bar, style)) }]
      : []),
    right(formatShare(revision.shareBasisPoints)),
    ...countCells(armOf(track, revision), track, { layout, style }),
    ...(layout.readiness ? [{ text: readiness(revision, style) }] : []),
  ];
}

const isCounted = ({ active }: TrackView): boolean => active?.plan.traffic !== 'uncounted';

function countCells(
  arm: ArmView | null,
  track: TrackView,
  { layout, style }: { readonly layout: Layout; readonly style: Style },
): readonly Cell[] {
  const right = (text: string): Cell => ({ text, align: 'right' });
  const latency = arm && arm.p95Ms !== null ? `p95 ${latencyWords(arm.p95Ms)}` : '';
  if (!arm || !isCounted(track))
    return [
      right(arm ? style.paint('dim', 'not counted') : ''),
      ...[right(''), right('')],
      ...(layout.latency ? [right('')] : []),
    ];
  const errors = `${formatCount(arm.errors)} err`;
  return [
    right(`${formatCount(arm.requests)} ${track.active?.plan.unit === 'attempts' ? 'att' : 'req'}`),
    right(arm.errors > 0 ? style.paint('warn', errors) : errors),
    right(rateWords(arm.errors, arm.requests)),
    ...(layout.latency ? [right(latency)] : []),
  ];
}

/** Counts belong to the rollout under way: its candidate, and what was stable when it began. */
function armOf({ active }: TrackView, { revision }: RevisionStatus): ArmView | null {
  if (!active?.evidence) return null;
  if (revision === active.candidate) return active.evidence.candidate;
  return revision === active.stable ? active.evidence.stable : null;
}

function readiness({ ready, ordered }: RevisionStatus, { paint }: Style): string {
  if (ready === null) return paint('warn', `?/${ordered} ready`);
  const text = `${ready}/${ordered} ready`;
  return ready < ordered ? paint('warn', text) : paint('dim', text);
}
