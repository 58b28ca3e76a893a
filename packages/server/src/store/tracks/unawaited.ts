import { type AliasedRawBuilder, sql } from 'kysely';

/**
 * In the `returning` of a statement that is a transaction of its own: its commit does not wait until the disk has it.
 * For claims, and for looks that brought nothing but evidence, which are most of what is written: when the database's
 * machine loses power, the last moments of them are lost together with where the evidence had come to, so that the
 * same seconds are read again. Any other commit waits, and takes what was written before it along.
 */
export function unawaited(): AliasedRawBuilder<string, 'unawaited'> {
  return sql<string>`set_config('synchronous_commit', 'off', true)`.as('unawaited');
}
