import { assert } from '@sluice/core/kernel/assert.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { openDatabase } from '@sluice/server/store/database/open-database.ts';
import { migrate } from '@sluice/server/store/migrations/migrate.ts';
import { postgresTaskEngine } from '@sluice/server/tasks/postgres-task-engine.ts';
import { type TaskDesk, taskDesk } from '@sluice/server/tasks/task-desk.ts';
import type { TaskRequest } from '@sluice/server/tasks/task-request.ts';
import { sql } from 'kysely';
import { MEASURED } from '../measured.ts';
import { inBatches, numbersFrom, type OpenQueue, type TaskMix } from '../queue-under-test.ts';
import { serveTasks } from './serve-tasks.ts';

/** The tenant of a task. */
const tenantOf = (number: number, { tenants }: TaskMix): string =>
  tenants === 1 ? 'default' : `tenant-${number % tenants}`;

/** A task as somebody would ask for it. */
export function requestOf(number: number, mix: TaskMix): TaskRequest {
  return {
    input: { number },
    ...(mix.fairnessKeys > 1 && { fairnessKey: `customer-${number % mix.fairnessKeys}` }),
    ...(mix.priorities > 1 && { priority: 4 + (number % mix.priorities) }),
    ...(mix.sessions > 0 && { session: `session-${Math.floor(number / mix.sessions)}` }),
  };
}

/**
 * The task engine by itself, in one process with its workers, as the libraries are: tasks come in through the desk, and are
 * claimed and settled through the port.
 */
export const openSluiceEngine: OpenQueue = async ({ databaseUrl }, mix) => {
  const db = openDatabase(databaseUrl, { maxConnections: 20 });
  await migrate(db);
  const engine = postgresTaskEngine(db);
  const tenants = Array.from({ length: mix.tenants }, (_, number) => tenantOf(number, mix));
  const split = wholeTo(MEASURED.revision);
  for (const tenant of tenants) await engine.deal(tenant, { queue: MEASURED.queue, generation: 1, split });
  const idle = new Set<() => void>();
  const awake = new Set(tenants);
  const wake = (tenant: string): void => {
    awake.add(tenant);
    const [first] = idle;
    if (first === undefined) return;
    idle.delete(first);
    first();
  };
  const desk = taskDesk({ engine, now: Date.now, taken: wake });
  let isClosed = false;
  const loops: Promise<void>[] = [];
  return {
    fill: (first, count) => inBatches(first, count, (from, many) => take(desk, mix, numbersFrom(from, many))),
    submit: (number) => take(desk, mix, [number]),
    work: async (workers, handled) => {
      const shop = { engine, handled, awake, idle, isOver: () => isClosed };
      const names = Array.from({ length: workers }, (_, nth) => `worker ${nth}`);
      loops.push(serveTasks(shop, names));
    },
    unfinished: async () => {
      const { rows } = await sql<{
        n: number;
      }>`select count(*) as n from tasks where ended_at is null`.execute(db);
      return rows[0]?.n ?? 0;
    },
    close: async () => {
      isClosed = true;
      for (const up of idle) up();
      await Promise.all(loops);
      await db.destroy();
    },
  };
};

/** Tasks of one request are of one tenant. */
async function take(desk: TaskDesk, mix: TaskMix, numbers: readonly number[]): Promise<void> {
  const parts = Map.groupBy(numbers, (number) => tenantOf(number, mix));
  const taken = await Promise.all(
    [...parts].map(([tenant, those]) =>
      desk.submit(
        tenant,
        MEASURED.queue,
        those.map((number) => requestOf(number, mix)),
      ),
    ),
  );
  assert(
    taken.every(({ ok }) => ok),
    'the tasks are taken',
  );
}
