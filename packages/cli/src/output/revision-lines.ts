import { formatShare } from '@sluice/core/kernel/share.ts';
import { formatCount } from '@sluice/core/analysis/explain-judgement.ts';
import type { ArmView, TrackView } from '@sluice/protocol/http/views.ts';
import { shareBar } from './share-bar.ts';
import type { Style } from './style.ts';
import { aligned, type Column } from './table.ts';
import { latencyWords, rateWords } from './words.ts';

type RevisionStatus = TrackView['revisions'][number];

/** From these widths on a line has room for the bar, for latencies and for readiness, in columns. */
const WIDE = { bar: 56, latency: 84, readiness: 96 } as const;
const BAR_WIDTH = 20;
const NARROW_BAR_WIDTH = 10;

/** One line per revision: version, share, requests, errors, latency and readiness; less where there is less room. */
export function revisionLines(track: TrackView, columns: number, style: Style): readonly string[] {
  const ordered = [...track.revisions].sort((a, b) => RANKS[a.role] - RANKS[b.role]);
  const rows = ordered.map((revision) => cellsOf(track, revision, columns, style));
  const cut = (cells: readonly Cell[]) => cells.map(({ text }) => text);
  return aligned(rows[0] ?? [], rows.map(cut));
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

function cellsOf(track: TrackView, revision: RevisionStatus, columns: number, style: Style): readonly Cell[] {
  const barWidth = columns >= WIDE.readiness ? BAR_WIDTH : columns >= WIDE.bar ? NARROW_BAR_WIDTH : 0;
  const tone = revision.role === 'candidate' ? 'accent' : revision.role === 'stable' ? 'good' : 'dim';
  const right = (text: string): Cell => ({ text, align: 'right' });
  return [
    { text: style.paint('dim', revision.role) },
    { text: style.paint('strong', revision.version) },
    ...(barWidth > 0
      ? [{ text: style.paint(tone, shareBar(revision.shareBasisPoints, barWidth, style)) }]
      : []),
    right(formatShare(revision.shareBasisPoints)),
    ...countCells(armOf(track, revision), columns, style),
    ...(columns >= WIDE.readiness ? [{ text: readiness(revision, style) }] : []),
  ];
}

function countCells(arm: ArmView | null, columns: number, style: Style): readonly Cell[] {
  const right = (text: string): Cell => ({ text, align: 'right' });
  const latency = arm && arm.p95Ms !== null ? `p95 ${latencyWords(arm.p95Ms)}` : '';
  if (!arm) return [right(''), right(''), right(''), ...(columns >= WIDE.latency ? [right('')] : [])];
  const errors = `${formatCount(arm.errors)} err`;
  return [
    right(`${formatCount(arm.requests)} req`),
    right(arm.errors > 0 ? style.paint('warn', errors) : errors),
    right(rateWords(arm.errors, arm.requests)),
    ...(columns >= WIDE.latency ? [right(latency)] : []),
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
