import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { evidenceLines, uncountedLines } from './evidence-lines.ts';
import { endWords, phaseTone } from './rollout-words.ts';
import { revisionLines } from './revision-lines.ts';
import { sourceWords } from './source-words.ts';
import type { Space } from './space.ts';
import { stepLines } from './step-lines.ts';
import type { Style } from './style.ts';
import { cutTo, harmless, wrap } from './text-width.ts';
import { spanWords } from './words.ts';

/** Narrower terminals get what fits into this width, cut by whoever draws. */
const NARROWEST_COLUMNS = 20;
/** Longest line of running text: longer ones are hard to read. */
const TEXT_COLUMNS = 100;
const LABEL_WIDTH = 10;

/**
 * A track as lines, none wider than the space: what it does, its steps, weights, evidence, wait and next. Where there
 * are too few rows, the last sentences about the evidence give way to what it waits for; `sluice explain` has them.
 */
export function trackFrame(track: TrackView, space: Space): readonly string[] {
  const columns = Math.max(NARROWEST_COLUMNS, space.columns);
  const before = [
    headLine(track, space),
    ...changeLines(track, columns, space.style),
    ...(track.active ? stepLines(track.active, space.style).map(indented) : []),
    ...revisionLines(track, columns - 2, space.style).map(indented),
    ...troubleLines(track, columns, space.style),
  ];
  const after = outlookLines(track, columns, space);
  const room = (space.rows ?? Infinity) - before.length - after.length;
  const lines = [...before, ...evidenceOf(track, columns, space, room), ...after];
  return lines.map((line) => cutTo(line, columns, space.style.symbols.more));
}

const indented = (line: string): string => `  ${line}`;

function headLine(track: TrackView, { now, style }: Space): string {
  const { active, stable } = track;
  const name = style.paint('strong', track.id);
  if (!active) return `${name}  ${stable ? `${stable.version} is stable` : 'nothing has been released yet'}`;
  const { plan, phase, step } = active;
  const kind = plan.strategy === plan.kind ? plan.kind : `${plan.kind} ${plan.strategy}`;
  const place =
    step === null ? '' : `, step ${Math.min(step + 1, plan.steps.length)} of ${plan.steps.length}`;
  const since = active.startedAt === null ? '' : `, ${spanWords(now - active.startedAt)}`;
  const state = style.paint(phaseTone(active), phase.replace('-', ' '));
  return `${name}  ${style.paint('accent', active.version)} ${kind}: ${state}${place}${since}`;
}

/** Where the code of what goes out comes from. */
function changeLines({ active }: TrackView, columns: number, style: Style): readonly string[] {
  const words = sourceWords(active?.source);
  return words === '' ? [] : labelled('change', words, columns, style);
}

/** Why instances are not ready. */
function troubleLines(track: TrackView, columns: number, style: Style): readonly string[] {
  return track.revisions
    .filter(({ reason }) => reason !== null)
    .flatMap(({ version, reason }) =>
      labelled('trouble', harmless(`${version}: ${reason}`), columns, style, 'warn'),
    );
}

/** What is known, in at most so many lines, but never without the odds. */
function evidenceOf(
  { active }: TrackView,
  columns: number,
  { style }: Space,
  room: number,
): readonly string[] {
  if (!active?.evidence) return [];
  const { evidence, plan } = active;
  const known =
    plan.traffic === 'uncounted' ? uncountedLines(evidence, style) : evidenceLines(evidence, style);
  const lines = known.flatMap((line, at) => labelled(at === 0 ? 'evidence' : '', line, columns, style));
  if (lines.length <= room) return lines;
  if (room < 2) return lines.slice(0, 1);
  const left = lines.length - room + 1;
  return [
    ...lines.slice(0, room - 1),
    ...labelled('', `${style.symbols.more} ${left} more lines: sluice explain`, columns, style),
  ];
}

function outlookLines(track: TrackView, columns: number, space: Space): readonly string[] {
  const { style } = space;
  const { active, explanation, last } = track;
  const waiting = explanation.waitingFor
    ? labelled('waits for', harmless(explanation.waitingFor), columns, style)
    : [];
  if (!active)
    return [...(last ? labelled('last', endWords(last, space.now), columns, style) : []), ...waiting];
  const { reason } = active;
  const queued = track.queued.map(({ version }) => version).join(', ');
  return [
    ...(reason
      ? labelled(REASON_LABELS[active.phase] ?? 'reason', harmless(reason.detail), columns, style, 'warn')
      : []),
    ...waiting,
    ...(explanation.next ? labelled('next', harmless(explanation.next), columns, style) : []),
    ...(queued ? labelled('queued', queued, columns, style) : []),
  ];
}

const REASON_LABELS: Readonly<Partial<Record<RolloutView['phase'], string>>> = {
  held: 'held',
  stuck: 'stuck',
  'rolling-back': 'because',
};

/** A label and a text beside it, which is broken into lines where it is too long. */
function labelled(
  label: string,
  text: string,
  columns: number,
  { paint }: Style,
  tone?: 'warn',
): readonly string[] {
  const width = Math.max(NARROWEST_COLUMNS, Math.min(TEXT_COLUMNS, columns - LABEL_WIDTH - 2));
  return wrap(text, width).map((line, at) => {
    const shown = tone ? paint(tone, line) : line;
    return `  ${paint('dim', (at === 0 ? label : '').padEnd(LABEL_WIDTH))}${shown}`;
  });
}
