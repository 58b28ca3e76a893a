import { createHash } from 'node:crypto';
import { sql } from 'kysely';

const MARK = '/* kept */ ';

/**
 * At the beginning of a statement: each connection keeps it once it was sent, read and planned, and is told only its name
 * and its parameters from then on. For what is said many times a second with the same words, where the best plan is the same
 * whatever the parameters are; others are planned anew each time.
 */
export const KEPT = sql.raw(MARK);

/** Most texts whose names are remembered; there are a few dozens. */
const MOST = 1_000;
const names = new Map<string, string>();

/** The name under which a connection keeps a statement; undefined when it is not to be kept. */
export function keptName(text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined;
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `sluice_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  if (names.size < MOST) names.set(text, name);
  return name;
}
