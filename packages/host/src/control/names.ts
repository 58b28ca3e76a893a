import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { trackFileName } from '../disk/host-paths.ts';
import { malformed } from './problem.ts';

/** Longest track id, URL-encoded, in bytes: it becomes a file name. */
const TRACK_LENGTH = 200;

/** Reads a track id from one segment of a path: three names between slashes, without control characters. */
export function readTrack(segment: string): Result<string> {
  const track = decoded(segment);
  if (
    track === undefined ||
    !/^[^/\p{C}]+(\/[^/\p{C}]+){2}$/u.test(track) ||
    trackFileName(track).length > TRACK_LENGTH
  )
    return malformed(
      `'${segment.slice(0, 80)}' is not a track id.`,
      'Send <application>/<environment>/<component>, URL-encoded as one segment.',
    );
  return ok(track);
}

/** Reads a revision id: letters, digits, dot, dash and underscore, at most 128; it becomes a folder's name. */
export function readRevision(segment: string): Result<string> {
  const revision = decoded(segment);
  if (revision !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(revision)) return ok(revision);
  return malformed(`'${segment.slice(0, 80)}' is not a revision id.`, 'Send <component>-<12 hex digits>.');
}

/** Reads a whole number from a query; the fallback when it is absent, a refusal when it is anything else. */
export function readWhole(
  query: URLSearchParams,
  name: string,
  { fallback, least, most }: { fallback?: number; least: number; most: number },
): Result<number> {
  const text = query.get(name);
  if (text === null && fallback !== undefined) return ok(fallback);
  const value = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return ok(value);
  return malformed(`The query needs ${name} as a whole number from ${least} to ${most}.`);
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
