import { newLines } from '@sluice/protocol/http/new-lines.ts';

/** A line with the number that it keeps for as long as it is shown. */
export interface LogLine {
  readonly number: number;
  readonly text: string;
}

/** What has been read of a log that grows. */
export interface LogBook {
  readonly lines: readonly LogLine[];
  /** The number of the line that comes next. */
  readonly next: number;
}

/** A log of which nothing has been read. */
export const EMPTY_BOOK: LogBook = { lines: [], next: 1 };

/** Lines that are kept while the end is followed; more only while somebody reads further up. */
const FOLLOWED = 10_000;
const MOST = 50_000;
/** Lines of the end that are compared with a new look. */
const COMPARED = 2000;

// What terminals take for colours and movements (ECMA-48) is nothing to read.
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;

/**
 * The book with what a later look at the end of the same log has besides. Lines keep their numbers, and those at the top go
 * only while nobody reads there.
 */
export function readOn(book: LogBook, look: string, isFollowing: boolean): LogBook {
  const seen = linesOf(look);
  const known = book.lines.slice(-COMPARED).map(({ text }) => text);
  const fresh = newLines(known, seen);
  if (fresh.length === 0) return book;
  const added = fresh.map((text, at) => ({ number: book.next + at, text }));
  const lines = [...book.lines, ...added];
  return { lines: lines.slice(isFollowing ? -FOLLOWED : -MOST), next: book.next + added.length };
}

/** The lines of a text, without what only terminals understand. */
export const linesOf = (text: string): readonly string[] =>
  text === '' ? [] : text.replace(/\n$/, '').replace(ESCAPES, '').split(/\r?\n/);

/** The lines that hold a word, whatever its case; all for none. */
export function linesWith(lines: readonly LogLine[], word: string): readonly LogLine[] {
  const wanted = word.trim().toLowerCase();
  return wanted === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(wanted));
}
