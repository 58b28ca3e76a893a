import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import type { FinishedSecond } from '../worker-message.ts';

/** Seconds that are kept for the next host process: as many as it keeps itself. */
export const SPOOLED_SECONDS = 900;

/**
 * The file in which an orphaned worker keeps its counts for the next host process: one second a line. It never holds
 * more than twice what is kept. Without a disk serving goes on, and the counts are lost.
 */
export class CountSpool {
  readonly #path: string;
  readonly #kept: string[] = [];
  #written = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds seconds; those in which nothing happened are left out. */
  append(seconds: readonly FinishedSecond[]): void {
    const lines = seconds.filter(hasCounts).map((second) => `${JSON.stringify(second)}\n`);
    if (lines.length === 0) return;
    this.#kept.push(...lines);
    this.#kept.splice(0, this.#kept.length - SPOOLED_SECONDS);
    try {
      if (this.#written + lines.length > 2 * SPOOLED_SECONDS) this.#rewrite();
      else this.#add(lines);
    } catch {
      // The disk is full or gone.
    }
  }

  #add(lines: readonly string[]): void {
    appendFileSync(this.#path, lines.join(''));
    this.#written += lines.length;
  }

  /** Whole or not at all, so that a reader never finds less than what is kept. */
  #rewrite(): void {
    writeFileSync(`${this.#path}.unfinished`, this.#kept.join(''));
    renameSync(`${this.#path}.unfinished`, this.#path);
    this.#written = this.#kept.length;
  }
}

const hasCounts = ({ arms, refused, unmirrored }: FinishedSecond): boolean =>
  arms.length > 0 || refused > 0 || unmirrored > 0;
