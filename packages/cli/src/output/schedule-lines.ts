import type { ScheduleView } from '@sluice/protocol/http/schedules.ts';
import type { Space } from './space.ts';
import { aligned, table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { agoWords, momentWords, spanWords } from './words.ts';

const TITLES = ['TRACK', 'SCHEDULE', 'CRON', 'ZONE', 'NEXT', 'LAST', 'STATE'];

/** Schedules as a table. */
export function scheduleLines(
  schedules: readonly ScheduleView[],
  { style, columns, now }: Space,
): readonly string[] {
  if (schedules.length === 0)
    return [
      'There are no schedules; `sluice schedules add` makes one, and `agents.schedules` declares them.',
    ];
  const rows = schedules.map((one) => [
    one.track,
    one.name,
    harmless(one.cron),
    one.timeZone,
    one.isPaused || one.nextAt === null ? '-' : `in ${spanWords(one.nextAt - now)}`,
    one.lastAt === null ? '-' : agoWords(one.lastAt, now),
    stateOf(one, style),
  ]);
  const lines = table(
    TITLES.map((title) => ({ title })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}

function stateOf({ failure, isPaused, heldAt, origin }: ScheduleView, { paint }: Space['style']): string {
  if (failure !== null) return paint('bad', 'refused');
  if (isPaused) return paint('warn', 'paused');
  if (heldAt !== null) return 'waits for its last task';
  return origin === 'file' ? 'from sluice.yaml' : 'on';
}

/** One schedule: what it makes, and how far it has come. */
export function scheduleDetailLines(schedule: ScheduleView, { style, now }: Space): readonly string[] {
  const { cron, timeZone, nextAt, heldAt, lastAt, lastTask, withinMs, failure, isPaused } = schedule;
  const rows = [
    ['schedule', schedule.name],
    ['track', schedule.track],
    ['when', `${harmless(cron)} by the clock of ${timeZone}`],
    ['next', isPaused ? style.paint('warn', 'paused') : nextOf(nextAt, now)],
    ...(heldAt === null ? [] : [['waits', `${momentWords(heldAt)}, for its last task to end`]]),
    ['last', lastAt === null ? '-' : `${momentWords(lastAt)}, task ${lastTask ?? '-'}`],
    ['missed', schedule.missed],
    ['overlap', schedule.overlap],
    ['of use', withinMs === null ? 'for ever' : `for ${spanWords(withinMs)}`],
    ['priority', String(schedule.priority)],
    ['capabilities', schedule.capabilities.map(harmless).join(', ') || '-'],
    ['fairness key', harmless(schedule.fairnessKey ?? '-')],
    ['session', harmless(schedule.session ?? '-')],
    ['declared', schedule.origin === 'file' ? 'in the sluice.yaml that was released' : 'by a person'],
    ['input', harmless(JSON.stringify(schedule.input) ?? 'null')],
  ];
  const lines = aligned([{}, {}], rows);
  return failure === null ? lines : [...lines, '', style.paint('bad', harmless(failure))];
}

const nextOf = (nextAt: number | null, now: number): string =>
  nextAt === null ? 'never again' : `${momentWords(nextAt)}, in ${spanWords(nextAt - now)}`;
