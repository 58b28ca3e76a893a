/**
 * A whole split in one value of one HAProxy map, so that one command of the admin socket changes all of it at once, and
 * one command reads back what is really in force. `haproxy.cfg` reads the fields by their number, `choose.lua` reads the
 * last three of the head; all three files agree on this form:
 *
 *   generation | timeoutMs | maxBodyBytes | rules | salt | seed | sticky | matches | arm | arm ...
 *
 * - `rules` is `L` when the Lua action has to look at the request, else `-`.
 * - `seed` is `hash32(salt)`; `sticky` is `-`, `address`, `header:<name>` or `cookie:<name>`.
 * - a match is `<backend>:<revision>@<condition>+<condition>`, matches are joined by `&`, none is `-`.
 * - a condition is `<h|c|p>:<name>:<e|p|o|n>:<value>,<value>`: equals, prefix, one of, nothing.
 * - an arm is `<bound>:<backend>:<revision>`; it takes the places below its bound that no earlier arm took.
 */
import { hash32 } from '@sluice/core/kernel/hash.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { Match, MatchCondition, Split, StickyKey, Weight } from '@sluice/core/traffic/split.ts';
import { fieldText, textField } from './text-field.ts';

/** What one line says. */
export interface SplitLine {
  readonly generation: number;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  /** Mirrors and goals are not possible; the mirror is always null. */
  readonly split: Split;
  /** The backend of each revision that the split names. */
  readonly backends: ReadonlyMap<string, string>;
}

/** The number of a field, as HAProxy's converter `field` counts: from 1. */
export const FIELD = { timeoutMs: 2, maxBodyBytes: 3, rules: 4, firstArm: 9 } as const;

const NONE = '-';
const SOURCES = { header: 'h', cookie: 'c', path: 'p' } as const;

/** Writes a line; each revision of the split must have a backend. */
export function writeSplitLine(line: SplitLine): string {
  const { split } = line;
  const placeOf = (revision: string): string =>
    `${line.backends.get(revision) ?? NONE}:${textField(revision)}`;
  const matches = split.matches.map(
    ({ conditions, revision }) => `${placeOf(revision)}@${conditions.map(writeCondition).join('+')}`,
  );
  let bound = 0;
  const arms = split.weights.map(({ revision, basisPoints }) => {
    bound += basisPoints;
    return `${bound}:${placeOf(revision)}`;
  });
  return [
    line.generation,
    line.timeoutMs,
    line.maxBodyBytes,
    split.sticky !== null || matches.length > 0 ? 'L' : NONE,
    textField(split.salt),
    hash32(split.salt),
    writeSticky(split.sticky),
    matches.join('&') || NONE,
    ...arms,
  ].join('|');
}

/** Reads a line; undefined when it is not in the form that `writeSplitLine` gives it. */
export function readSplitLine(text: string): SplitLine | undefined {
  const [generation, timeoutMs, maxBodyBytes, , salt, , sticky, matches, ...arms] = text.split('|');
  if (salt === undefined || sticky === undefined || matches === undefined) return undefined;
  const backends = new Map<string, string>();
  const split: Split = {
    weights: readArms(arms, backends),
    matches: matches === NONE ? [] : matches.split('&').map((match) => readMatch(match, backends)),
    mirror: null,
    sticky: readSticky(sticky),
    salt: fieldText(salt),
  };
  return {
    generation: Number(generation),
    timeoutMs: Number(timeoutMs),
    maxBodyBytes: Number(maxBodyBytes),
    split,
    backends,
  };
}

function writeSticky(sticky: StickyKey | null): string {
  if (sticky === null) return NONE;
  return sticky.by === 'address' ? 'address' : `${sticky.by}:${textField(sticky.name)}`;
}

function readSticky(text: string): StickyKey | null {
  const [by, name = ''] = text.split(':');
  if (by === 'address') return { by };
  return by === 'header' || by === 'cookie' ? { by, name: fieldText(name) } : null;
}

function writeCondition({ on, name, equals, prefix, oneOf }: MatchCondition): string {
  const comparison =
    equals !== undefined
      ? `e:${textField(equals)}`
      : prefix !== undefined
        ? `p:${textField(prefix)}`
        : oneOf !== undefined
          ? `o:${oneOf.map(textField).join(',')}`
          : 'n:';
  return `${SOURCES[on]}:${name === undefined ? NONE : textField(name)}:${comparison}`;
}

function readCondition(text: string): MatchCondition {
  const [source, name = NONE, comparison, value = ''] = text.split(':');
  return {
    on: source === 'h' ? 'header' : source === 'c' ? 'cookie' : 'path',
    ...(name === NONE ? {} : { name: fieldText(name) }),
    ...(comparison === 'e' ? { equals: fieldText(value) } : {}),
    ...(comparison === 'p' ? { prefix: fieldText(value) } : {}),
    ...(comparison === 'o' ? { oneOf: value === '' ? [] : value.split(',').map(fieldText) } : {}),
  };
}

function readMatch(text: string, backends: Map<string, string>): Match {
  const [place = '', conditions = ''] = text.split('@');
  const [backend = '', revision = ''] = place.split(':');
  backends.set(fieldText(revision), backend);
  return {
    conditions: conditions === '' ? [] : conditions.split('+').map(readCondition),
    revision: revisionId(fieldText(revision)),
  };
}

function readArms(arms: readonly string[], backends: Map<string, string>): Weight[] {
  let below = 0;
  return arms.map((arm) => {
    const [bound = '0', backend = '', revision = ''] = arm.split(':');
    backends.set(fieldText(revision), backend);
    const basisPoints = Number(bound) - below;
    below = Number(bound);
    return { revision: revisionId(fieldText(revision)), basisPoints };
  });
}
