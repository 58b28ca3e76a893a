/**
 * Purpose: lines, limits and buckets in memory, as PostgreSQL keeps them. What claims do with them is production's own
 * (`limited-claims.ts`); whoever holds them is alone, as each of these claims happens within one moment of a story.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { LineHead, LinesClaim, TaskOfLine } from '@sluice/server/store/tasks/limits-lines.ts';
import type { FilledBucket, LimitedUse } from '@sluice/server/store/tasks/limits-room.ts';
import type { LimitedLines } from '@sluice/server/tasks/limited-lines.ts';
import type { Carry } from './memory-engine.ts';
import type { MemoryRow } from './memory-row.ts';
import type { MemoryLine, MemoryTasks } from './memory-tasks.ts';

/** More than there is room for. */
const NO_END = 1_000_000;
/** How much more than its part is read of each line. */
const MORE = 4;

/** The lines of a simulated store. */
export function memoryLines(tasks: MemoryTasks, carry: Carry): LimitedLines {
  const last = new Map<string, Promise<unknown>>();
  return {
    areSpecial: (tenant, of) =>
      carry('areSpecial', () => {
        const lines = tasks.linesOf(tenant, of.queue, of.revision);
        return lines.length > 1 || lines.some(({ lane }) => /(^|,)[^A-Za-z0-9]/.test(lane));
      }),
    hold: (tenant, queue, claim) =>
      carry('hold', () => {
        const held = {
          uses: async () => usesOf(tasks, tenant, queue),
          heads: async (revision: MemoryLine['revision']) =>
            tasks.linesOf(tenant, queue, revision).map((line) => headOf(tasks, line)),
          lease: async (wish: LinesClaim) => lease(tasks, tenant, wish),
          place: async (
            revision: MemoryLine['revision'],
            places: readonly Omit<LineHead, 'head' | 'lane'>[],
          ) => {
            const lines = tasks.linesOf(tenant, queue, revision);
            for (const { id, served, shift } of places) {
              const line = lines.find((one) => one.id === id);
              if (line) Object.assign(line, { served: Math.max(line.served, served), shift });
            }
          },
          fill: async (buckets: readonly FilledBucket[]) => {
            for (const { key, tokens } of buckets)
              tasks.bucketsOf(tenant, queue).set(key, { tokens, filledAt: tasks.now() });
          },
        };
        const mine = (last.get(`${tenant} ${queue}`) ?? Promise.resolve()).then(() => claim(held));
        last.set(
          `${tenant} ${queue}`,
          mine.catch(() => undefined),
        );
        return mine;
      }),
  };
}

function usesOf(tasks: MemoryTasks, tenant: string, queue: TrackId): readonly LimitedUse[] {
  const counts = new Map<string | null, number>([[null, 0]]);
  for (const { isLimited, fairnessKey } of tasks.openRows(tenant, queue, 'running'))
    if (isLimited) for (const key of [null, fairnessKey]) counts.set(key, (counts.get(key) ?? 0) + 1);
  const buckets = tasks.bucketsOf(tenant, queue);
  return [...new Set([...counts.keys(), ...buckets.keys()])].map((key) => {
    const filled = buckets.get(key);
    const bucket = filled ? { tokens: filled.tokens, ageMs: tasks.now() - filled.filledAt } : null;
    return { key, running: counts.get(key) ?? 0, bucket };
  });
}

const waitingIn = (tasks: MemoryTasks, line: MemoryLine): readonly MemoryRow[] =>
  tasks
    .openRows(line.tenant, line.queue, 'waiting')
    .filter(({ revision, lane }) => revision === line.revision && lane === line.lane)
    .toSorted((a, b) => a.tag - b.tag);

function headOf(tasks: MemoryTasks, line: MemoryLine): LineHead {
  const [first] = waitingIn(tasks, line);
  const { id, lane, served, shift } = line;
  if (first === undefined) return { id, lane, served, shift, head: null };
  const { tag, fairnessKey, priority } = first;
  return {
    id,
    lane,
    served,
    shift,
    head: { tag, fairnessKey, priority, waitedMs: tasks.now() - sinceOf(first) },
  };
}

/** Since when it might be given to somebody. */
const sinceOf = ({ createdAt, dueAt }: MemoryRow): Instant => Math.max(createdAt, dueAt ?? createdAt);

interface Found {
  readonly row: MemoryRow;
  readonly line: string;
  readonly turn: number;
  readonly at: number;
}

function lease(tasks: MemoryTasks, tenant: string, claim: LinesClaim): readonly TaskOfLine[] {
  const { queue, revision, workers, leaseMs, isLimited } = claim;
  const rooms = new Map(claim.rooms.map(({ key, room }) => [key, room]));
  const roomOf = (key: string): number => rooms.get(key) ?? claim.otherRoom ?? NO_END;
  const found = claim.lines.flatMap(({ id, shift }) => foundIn(tasks, tenant, claim, { id, shift }));
  const taken = new Map<string, number>();
  const chosen = found
    .toSorted((a, b) => a.turn - b.turn || a.at - b.at)
    .filter(({ row: { fairnessKey } }) => {
      const nth = (taken.get(fairnessKey) ?? 0) + 1;
      taken.set(fairnessKey, nth);
      return nth <= roomOf(fairnessKey);
    })
    .slice(0, workers.length);
  const takers = new Map(chosen.map(({ row }, nth) => [row.id, workers[nth] ?? '']));
  return chosen
    .filter(({ row: { id, apartFrom } }) => apartFrom === null || takers.get(apartFrom) !== takers.get(id))
    .map(({ row, line }) => {
      const worker = takers.get(row.id) ?? '';
      return { ...tasks.lease(row, { worker, leaseMs, isLimited }), queue, revision, worker, line };
    })
    .toSorted((a, b) => a.tag - b.tag);
}

/** What may be taken of one line: of the workers' own sessions, and from its head. */
function foundIn(
  tasks: MemoryTasks,
  tenant: string,
  { queue, revision, workers, sessions, rooms, lines }: LinesClaim,
  { id, shift }: { readonly id: string; readonly shift: number },
): readonly Found[] {
  const line = tasks.linesOf(tenant, queue, revision).find((one) => one.id === id);
  if (line === undefined) return [];
  const full = new Set(rooms.flatMap(({ key, room }) => (room <= 0 ? key : [])));
  const free = waitingIn(tasks, line).filter(
    (row) => tasks.isFreeFor(row, workers) && !full.has(row.fairnessKey) && tasks.isApart(row, workers),
  );
  const many = Math.min(
    workers.length,
    Math.max(workers.length - lines.length + 1, Math.ceil((MORE * workers.length) / lines.length)),
  );
  const own = new Set(
    sessions.flatMap((session) => free.filter((row) => row.session === session).slice(0, many)),
  );
  const rest = free.slice(0, many).filter((row) => !own.has(row));
  const as = (turn: number) => (row: MemoryRow) => ({ row, line: id, turn, at: row.tag + shift });
  return [...[...own].map(as(0)), ...rest.map(as(1))];
}
