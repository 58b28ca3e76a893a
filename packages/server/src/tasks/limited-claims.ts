/**
 * Purpose: claims tasks of revisions that have limits, or whose tasks do not all ask for the same.
 *
 * Owns nothing. 1. Within limits one claim of a queue goes on at a time, over all servers, and counts what runs in the table of
 * tasks itself, so that no place is lost with whoever dies. 2. A key without room holds up nobody else. 3. A line that has
 * been left behind is served before those that were not: nothing starves, whatever others ask for.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { maySuit, partsOfLane } from '@sluice/core/tasks/affinity.ts';
import { flowWeight } from '@sluice/core/tasks/fair-order.ts';
import {
  holdsBack,
  limitsOfKey,
  type LimitsSpec,
  roomWithin,
  tokensNow,
} from '@sluice/core/tasks/rate-limits.ts';
import type { LeasedTask, TaskClaim } from '../store/tasks/claim-tasks.ts';
import type { LineHead, LinePlace, LinesClaim, TaskOfLine } from '../store/tasks/limits-lines.ts';
import type { LimitedUse } from '../store/tasks/limits-room.ts';
import type { HeldLines, LimitedLines } from './limited-lines.ts';
import { rememberedFor } from './remembered-for.ts';
import type { TaskEngine } from './task-engine.ts';
import type { KnownTerms } from './task-terms.ts';

/** What claims within limits work with. */
export interface LimitedClaimsPorts {
  readonly lines: LimitedLines;
  readonly terms: Pick<KnownTerms, 'of'>;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
}

/** For so long further lines of a revision may stay unnoticed, in ms. */
const NOTICED_MS = 1_000;
/** More than one claim takes. */
const NO_END = 1_000_000;

/** An engine whose claims keep limits, and heed all that tasks ask for. */
export function withLimits(engine: TaskEngine, ports: LimitedClaimsPorts): TaskEngine {
  const { lines, terms, elapsedMs } = ports;
  const isSpecial = rememberedFor({
    ...{ forMs: NOTICED_MS, elapsedMs },
    read: (key) => {
      const [tenant, queue, revision] = JSON.parse(key) as [string, TrackId, RevisionId];
      return lines.areSpecial(tenant, { queue, revision });
    },
  });
  return {
    ...engine,
    claim: async (tenant, claim) => {
      const { queue, revision } = claim;
      const { limits } = await terms.of(tenant, queue, revision);
      if (holdsBack(limits)) return lines.hold(tenant, queue, (held) => claimWithin(held, claim, limits));
      // One at a time as well: two that write where the same lines stand would wait for each other.
      if (await isSpecial(JSON.stringify([tenant, queue, revision])))
        return lines.hold(tenant, queue, (held) => claimLines(held, claim, { limits, uses: null }));
      return engine.claim(tenant, claim);
    },
  };
}

async function claimWithin(
  held: HeldLines,
  claim: TaskClaim,
  limits: LimitsSpec,
): Promise<readonly LeasedTask[]> {
  const uses = await held.uses();
  const whole = uses.find(({ key }) => key === null);
  const room = roomWithin(limits.queue, presentOf(whole)) ?? claim.workers.length;
  if (room <= 0) return [];
  const within = { ...claim, workers: claim.workers.slice(0, room) };
  const leased = await claimLines(held, within, { limits, uses });
  await held.fill(emptied(limits, uses, leased));
  return leased;
}

interface Bounds {
  readonly limits: LimitsSpec;
  /** Null where nothing is limited. */
  readonly uses: readonly LimitedUse[] | null;
}

const presentOf = (use: LimitedUse | undefined) => ({
  running: use?.running ?? 0,
  bucket: use?.bucket ?? undefined,
});

async function claimLines(
  held: HeldLines,
  claim: TaskClaim,
  { limits, uses }: Bounds,
): Promise<readonly TaskOfLine[]> {
  const { queue, revision, abilities, workers, sessions, leaseMs } = claim;
  const heads = await held.heads(revision);
  const shifts = shiftsOf(heads, limits);
  const rooms = uses === null ? [] : roomsOf(limits, uses);
  const full = new Set(rooms.flatMap(({ key, room }) => (room <= 0 ? key : [])));
  const own = new Set(abilities);
  const open = heads.flatMap(({ id, lane, head }) => {
    const shift = shifts.get(id);
    if (head === null || shift === undefined) return [];
    const parts = partsOfLane(lane);
    const isOpen = parts.key === null || !full.has(parts.key);
    if (!isOpen || !maySuit(parts, own, head.waitedMs)) return [];
    return [{ id, shift, at: head.tag + shift, isApart: parts.isApart }];
  });
  // As many as are wanted stand at the heads of so many lines.
  const lines = open.toSorted((a, b) => a.at - b.at).slice(0, workers.length);
  const otherRoom = uses === null ? null : roomWithin(limits.eachKey, presentOf(undefined));
  const wish = { queue, revision, sessions, leaseMs, rooms, otherRoom, isLimited: uses !== null };
  const leased = await leaseInTurns(held, { ...wish, lines, workers });
  await held.place(revision, placesOf(heads, shifts, leased));
  return leased;
}

interface Wish extends LinesClaim {
  readonly lines: readonly (LinesClaim['lines'][number] & { readonly isApart: boolean })[];
}

/** A task that is to be apart from another is kept from one worker alone, so that any two have all of them between them. */
const TAKERS = 4;

/**
 * Of those who ask at once, one may have had what a task is to be apart from, so that it is left by all of them together: such
 * tasks are offered to single workers too, before the others when it is their turn, and from what is left of the places after.
 */
async function leaseInTurns(held: HeldLines, wish: Wish): Promise<readonly TaskOfLine[]> {
  const apart = wish.lines.filter(({ isApart }) => isApart);
  const leased: TaskOfLine[] = [];
  const lease = async (lines: Wish['lines'], workers: readonly string[]): Promise<void> => {
    if (lines.length > 0 && workers.length > 0)
      leased.push(...(await held.lease({ ...wish, ...roomsAfter(wish, leased), lines, workers })));
  };
  const isShared = apart.length > 0 && new Set(wish.workers).size > 1;
  if (isShared && wish.lines[0]?.isApart)
    for (const worker of [...new Set(wish.workers)].slice(0, 2)) await lease(apart, [worker]);
  await lease(wish.lines, placesLeft(wish.workers, leased));
  if (!isShared) return leased;
  for (const worker of [...new Set(placesLeft(wish.workers, leased))].slice(0, TAKERS)) {
    const places = placesLeft(wish.workers, leased).filter((place) => place === worker);
    await lease(apart, places);
  }
  return leased;
}

/** Each place of a worker is taken once. */
function placesLeft(workers: readonly string[], leased: readonly LeasedTask[]): readonly string[] {
  const left = [...workers];
  for (const { worker } of leased) left.splice(left.indexOf(worker), 1);
  return left;
}

/** What room is left of each key. */
function roomsAfter(
  { rooms, otherRoom }: Pick<LinesClaim, 'rooms' | 'otherRoom'>,
  leased: readonly LeasedTask[],
): Pick<LinesClaim, 'rooms'> {
  if (leased.length === 0) return { rooms };
  const left = new Map(rooms.map(({ key, room }) => [key, room]));
  for (const { fairnessKey: key } of leased) left.set(key, (left.get(key) ?? otherRoom ?? NO_END) - 1);
  return { rooms: [...left].map(([key, room]) => ({ key, room })) };
}

/** What makes the tags of lines comparable: a line that was empty begins behind what is being served. */
function shiftsOf(heads: readonly LineHead[], limits: LimitsSpec): ReadonlyMap<string, number> {
  const now = Math.max(0, ...heads.map(({ served, shift }) => (shift === null ? 0 : served + shift)));
  return new Map(
    heads.flatMap(({ id, shift, head }) => {
      if (head === null) return [];
      if (shift !== null) return [[id, shift] as const];
      const { weight } = limitsOfKey(limits, head.fairnessKey);
      return [[id, now + 1 / flowWeight(weight, head.priority) - head.tag] as const];
    }),
  );
}

/** What has changed of where lines stand. */
function placesOf(
  heads: readonly LineHead[],
  shifts: ReadonlyMap<string, number>,
  leased: readonly TaskOfLine[],
): readonly LinePlace[] {
  const served = new Map<string, number>();
  for (const { line, tag } of leased) served.set(line, Math.max(tag, served.get(line) ?? tag));
  return heads.flatMap((line) => {
    const shift = shifts.get(line.id) ?? null;
    const last = served.get(line.id) ?? line.served;
    return shift === line.shift && last === line.served ? [] : [{ id: line.id, served: last, shift }];
  });
}

/** How many more of each key that runs, or has taken of its bucket, or has limits of its own. */
function roomsOf(
  limits: LimitsSpec,
  uses: readonly LimitedUse[],
): readonly { readonly key: string; readonly room: number }[] {
  const byKey = new Map(uses.flatMap((use) => (use.key === null ? [] : [[use.key, use] as const])));
  return [...new Set([...byKey.keys(), ...Object.keys(limits.keys)])].map((key) => ({
    key,
    room: roomWithin(limitsOfKey(limits, key), presentOf(byKey.get(key))) ?? NO_END,
  }));
}

/** What is left in the buckets that were taken from. */
function emptied(limits: LimitsSpec, uses: readonly LimitedUse[], leased: readonly LeasedTask[]) {
  const bucketOf = (key: string | null) => uses.find((use) => use.key === key)?.bucket ?? undefined;
  const counts = new Map<string | null, number>(leased.length === 0 ? [] : [[null, leased.length]]);
  for (const { fairnessKey } of leased) counts.set(fairnessKey, (counts.get(fairnessKey) ?? 0) + 1);
  return [...counts].flatMap(([key, many]) => {
    const { rate } = key === null ? limits.queue : limitsOfKey(limits, key);
    return rate === null ? [] : [{ key, tokens: tokensNow(rate, bucketOf(key)) - many }];
  });
}
