import { hash32 } from '@sluice/core/kernel/hash.ts';
import { trackNames, type RevisionId, type TrackId } from '@sluice/core/kernel/ids.ts';

/** The longest DNS label (RFC 1035), which is also the longest value of a label. */
const MAX_LABEL = 63;

/**
 * The longest name of a revision's workload. Names of pods are cut to 58 characters before their five random ones, so
 * up to here each of them begins with the whole name and a hyphen, and queries by name of pod find every one.
 */
const MAX_WORKLOAD = 57;

/** Digits of a revision's hash, as in its id. */
const HASH_DIGITS = 12;
const MAX_BASE = MAX_WORKLOAD - 1 - HASH_DIGITS;

/** The digits of a 32-bit hash in base 36. */
const MARK_DIGITS = 7;

/**
 * The name of what a track has once, above all of the Service that its callers use:
 * `<application>-<environment>-<component>`. It is a DNS label of at most 44 characters that begins with a letter. No two
 * tracks have the same name, so that several environments and applications may share a namespace: where joining with
 * hyphens could be read in two ways, or something had to be cut, it ends in `--` and a hash of the track.
 */
export function objectName(track: TrackId): string {
  const { application, environment, component } = trackNames(track);
  return uniqueName([application, environment, component], track);
}

/** The name of what an application has once per environment, whatever the component; under the rules of `objectName`. */
export function environmentName(application: string, environment: string): string {
  return uniqueName([application, environment], `${application}/${environment}`);
}

/**
 * The name of everything that a revision has: its Deployment, Service, autoscalers and budget. It is the name of the
 * track and the hash at the end of the revision's id, a DNS label of at most 57 characters.
 */
export function revisionName(track: TrackId, revision: RevisionId): string {
  return `${objectName(track)}-${revisionHash(revision)}`;
}

/** The value of the label `sluice.dev/track`: a slug that is the same as the name of the track's objects. */
export const trackLabel = (track: TrackId): string => objectName(track);

/** The value of the label `sluice.dev/revision`: the id itself, or its beginning and its hash where it is too long. */
export function revisionLabel(revision: RevisionId): string {
  return labelValue(revision, `-${revisionHash(revision)}`);
}

/** The hash at the end of a revision's id; ids of another form, as in tests, are hashed to as many digits. */
export function revisionHash(revision: RevisionId): string {
  const digits = /-([0-9a-f]{12})$/.exec(revision)?.[1];
  return digits ?? (hex(hash32(revision)) + hex(hash32(revision, 1))).slice(0, HASH_DIGITS);
}

/** Text as a value of a label: as it is where it may stand there, else cut and ending in a hash or what is given. */
export function labelValue(text: string, ending = `-${mark(text)}`): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
  const allowed = text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${allowed.slice(0, MAX_LABEL - ending.length) || 'x'}${ending}`;
}

/**
 * Joins names so that no two lists of equal length give the same text. Unmarked text can be read back: all but the last
 * part are free of hyphens. Marked text is the only one with `--` near its end. One that ends like a hash is marked too,
 * because it could be the name of another track's revision.
 */
function uniqueName(parts: readonly string[], whole: string): string {
  const joined = parts.join('-');
  const readable =
    /^[a-z][a-z0-9-]*[a-z0-9]$/.test(joined) &&
    joined.length <= MAX_BASE &&
    !joined.includes('--') &&
    !/-[0-9a-f]{12}$/.test(joined) &&
    parts.slice(0, -1).every((part) => !part.includes('-'));
  return readable ? joined : marked(joined, whole);
}

function marked(joined: string, whole: string): string {
  const ending = `--${mark(whole)}`;
  const letters = joined.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const named = /^[a-z]/.test(letters) ? letters : `x${letters}`;
  return `${named.slice(0, MAX_BASE - ending.length).replace(/-$/, '')}${ending}`;
}

const mark = (text: string): string => hash32(text).toString(36).padStart(MARK_DIGITS, '0');
const hex = (hash: number): string => hash.toString(16).padStart(8, '0');
