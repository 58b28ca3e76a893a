import type { Instant } from '@sluice/core/kernel/instant.ts';

/** An exit that nobody ordered. */
export interface UnexpectedExit {
  readonly at: Instant;
  /** The process had not become ready yet. */
  readonly duringStart: boolean;
}

/** Exits of one instance within the window that make a crash loop. */
const LOOP_EXITS = 3;
/** The window, in ms. */
const LOOP_WINDOW_MS = 60_000;
/** Exits during the start that make a crash loop, however far apart: a slow start must not hide it. */
const LOOP_STARTS = 2;
/** Exits that are remembered per instance. */
const EXITS_KEPT = 10;

/** Adds an exit to those since the instance was last stable; the oldest beyond the limit is dropped. */
export const withExit = (exits: readonly UnexpectedExit[], exit: UnexpectedExit): UnexpectedExit[] =>
  [...exits, exit].slice(-EXITS_KEPT);

/**
 * Whether an instance is in a crash loop, from its exits since it was last stable: three within 60 s, or two before
 * it became ready. It stays in the loop until it has been stable, although pauses between restarts grow.
 */
export function isCrashLooping(exits: readonly UnexpectedExit[]): boolean {
  if (exits.filter(({ duringStart }) => duringStart).length >= LOOP_STARTS) return true;
  return exits.some((last, index) => {
    const first = exits[index - LOOP_EXITS + 1];
    return first !== undefined && last.at - first.at <= LOOP_WINDOW_MS;
  });
}
