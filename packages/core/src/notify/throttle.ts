import type { Instant } from '../kernel/instant.ts';
import type { Severity } from './notice.ts';

/** How much a subscription tells at most. */
export interface Throttle {
  /** Notices in a window, 1 or more. */
  readonly most: number;
  /** Length of a window, in ms. */
  readonly perMs: number;
}

/** How far the present window of a subscription has come. */
export interface ThrottleWindow {
  readonly beganAt: Instant;
  readonly told: number;
  /** How many of each kind were held back; they are summed up when the window ends. */
  readonly withheld: Readonly<Record<string, number>>;
}

/** Whether an event is told now, and the window after it. */
export interface Admission {
  readonly isTold: boolean;
  readonly window: ThrottleWindow;
}

/** Kinds that a summary names one by one; more are counted together as `other`. */
const MOST_KINDS = 50;

/**
 * Judges one event. What is critical is always told, and counts. A window begins with the first event after the end of the one before,
 * whose summary has to be told first (`summaryOf`).
 */
export function admit(
  throttle: Throttle,
  window: ThrottleWindow | null,
  event: { readonly at: Instant; readonly kind: string; readonly severity: Severity },
): Admission {
  const isOver = window === null || hasEnded(throttle, window, event.at);
  const current = isOver ? { beganAt: event.at, told: 0, withheld: {} } : window;
  if (current.told < throttle.most || event.severity === 'critical')
    return { isTold: true, window: { ...current, told: current.told + 1 } };
  return { isTold: false, window: { ...current, withheld: oneMore(current.withheld, event.kind) } };
}

/** What a window that has ended held back; null while it goes on, and when it held back nothing. */
export function summaryOf(
  throttle: Throttle,
  window: ThrottleWindow | null,
  now: Instant,
): Readonly<Record<string, number>> | null {
  if (window === null || !hasEnded(throttle, window, now)) return null;
  return Object.keys(window.withheld).length > 0 ? window.withheld : null;
}

const hasEnded = ({ perMs }: Throttle, { beganAt }: ThrottleWindow, now: Instant): boolean =>
  now >= beganAt + perMs;

function oneMore(withheld: Readonly<Record<string, number>>, kind: string): Readonly<Record<string, number>> {
  const isKnown = Object.hasOwn(withheld, kind);
  const name = isKnown || Object.keys(withheld).length < MOST_KINDS ? kind : 'other';
  return { ...withheld, [name]: (Object.hasOwn(withheld, name) ? (withheld[name] ?? 0) : 0) + 1 };
}
