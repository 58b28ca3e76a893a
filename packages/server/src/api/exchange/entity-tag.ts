import { createHash } from 'node:crypto';
import type { TrackView } from '@sluice/protocol/http/views.ts';

/**
 * The entity tag of a track: its version, which `If-Match` compares, and a digest of all that is shown, because
 * readiness and evidence change between two versions and `If-None-Match` must notice.
 */
export function trackTag(track: TrackView): string {
  const digest = createHash('sha256').update(JSON.stringify(track)).digest('base64url').slice(0, 12);
  return `"${track.version}.${digest}"`;
}

/** Whether `If-None-Match` names this tag; by weak comparison, as RFC 9110 asks. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((part) => part.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(tag);
}

/**
 * The version that `If-Match` demands.
 * @returns null when any version will do, undefined when the header is not one tag of a track
 */
export function demandedVersion(header: string | undefined): number | null | undefined {
  if (header === undefined || header.trim() === '*') return null;
  const match = /^"(\d{1,15})(?:\.[A-Za-z0-9_-]{1,20})?"$/.exec(header.trim());
  return match ? Number(match[1]) : undefined;
}
