import { createHash } from 'node:crypto';

/** Longest cursor that is looked at. */
const CURSOR_LENGTH_LIMIT = 1000;

/**
 * Wraps a feature's cursor for the outside: opaque, and bound to the list it was made for, so that a cursor of another
 * list, of another filter or with a slip of the hand is refused and not misread. It is no secret.
 *
 * @param list the list with its filter, `tracks?application=shop`
 */
export function sealCursor(list: string, cursor: string): string {
  return Buffer.from(`${digest(list, cursor)}${cursor}`, 'utf8').toString('base64url');
}

/** Opens what `sealCursor` made for the same list; undefined for anything else. */
export function openCursor(list: string, sealed: string): string | undefined {
  if (sealed.length > CURSOR_LENGTH_LIMIT || !/^[A-Za-z0-9_-]+$/.test(sealed)) return undefined;
  const text = Buffer.from(sealed, 'base64url').toString('utf8');
  const cursor = text.slice(DIGEST_LENGTH);
  return text.slice(0, DIGEST_LENGTH) === digest(list, cursor) ? cursor : undefined;
}

const DIGEST_LENGTH = 12;

const digest = (list: string, cursor: string): string =>
  createHash('sha256').update(`${list}\n${cursor}`).digest('hex').slice(0, DIGEST_LENGTH);
