import type { Instant } from '../kernel/instant.ts';
import type { Gate } from './gate.ts';
import { type TimeWindow, windowsAt } from './time-window.ts';

/**
 * The gates that windows are together: one for what begins, and one for what is under way where some of them let that finish.
 * @param where they were declared, to stand after `windows`: `of the file`
 */
export function windowGates(windows: readonly TimeWindow[], where: string, now: Instant): readonly Gate[] {
  const holding = windows.filter(({ underWay }) => underWay === 'hold');
  if (holding.length === windows.length) return gateOf(windows, where, now, 'everything');
  return [...gateOf(windows, where, now, 'starts'), ...gateOf(holding, where, now, 'everything')];
}

function gateOf(
  windows: readonly TimeWindow[],
  where: string,
  now: Instant,
  holds: Gate['holds'],
): readonly Gate[] {
  if (windows.length === 0) return [];
  const { isOpen, deniedBy, opensAt } = windowsAt(windows, now);
  const words = isOpen
    ? `the windows ${where} are open`
    : deniedBy === null
      ? `a window ${where} to open`
      : `the window "${deniedBy}" ${where}, in which nothing goes out, to end`;
  return [{ kind: 'window', name: `${where} ${holds}`, isOpen, words, opensAt, holds }];
}
