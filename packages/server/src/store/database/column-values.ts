import type { Instant } from '@sluice/core/kernel/instant.ts';
import { type RawBuilder, sql } from 'kysely';

/** A moment as a parameter of a comparison. */
export function timestamp(at: Instant): RawBuilder<Instant> {
  return sql<Instant>`${new Date(at)}::timestamptz`;
}

/** A moment as a value to write; null stays null. */
export function storedInstant<Moment extends Instant | null>(
  at: Moment,
): Moment extends null ? Date | null : Date {
  return (at === null ? null : new Date(at)) as Moment extends null ? Date | null : Date;
}

/** In JSON.stringify's output: an escaped backslash (to be skipped), a zero character, or half of a surrogate pair. */
const NOT_STORABLE = /\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g;
const REPLACEMENT = '\ufffd';

/**
 * JSON text for a jsonb column. What jsonb refuses and a log line or a header may contain, zero characters and halves of
 * surrogate pairs, becomes U+FFFD, so that odd input cannot make a commit impossible.
 */
export function storedJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.replace(NOT_STORABLE, (found) => (found === '\\\\' ? found : REPLACEMENT));
}

/** Text for a text column; a zero character, which PostgreSQL refuses, becomes U+FFFD. */
export function storedText(text: string): string {
  return text.replaceAll('\0', REPLACEMENT);
}

/** The sum of two whole numbers, at most what a number holds exactly: a row with more could not be read any more. */
export const addedUp = (left: RawBuilder<unknown>, right: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`least(${left} + ${right}, ${sql.raw(String(Number.MAX_SAFE_INTEGER))})`;
