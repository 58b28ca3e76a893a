import type { Instant } from '@sluice/core/kernel/instant.ts';

/** What happened, told line by line; a story that nobody wants to read costs nothing. */
export class Story {
  readonly lines: string[] = [];
  readonly #isWanted: boolean;
  #now: () => Instant = () => 0;
  #begin: Instant = 0;

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
  }

  /** Sets the clock by which lines are dated. */
  start(begin: Instant, now: () => Instant): void {
    this.#begin = begin;
    this.#now = now;
  }

  /** Adds a line, with the time since the beginning. */
  tell(words: () => string): void {
    if (!this.#isWanted) return;
    const seconds = ((this.#now() - this.#begin) / 1000).toFixed(1);
    this.lines.push(`${seconds.padStart(7)} s  ${words()}`);
  }

  /** The lines, numbered. */
  get text(): string {
    return this.lines.map((line, index) => `${String(index + 1).padStart(4)}. ${line}`).join('\n');
  }
}
