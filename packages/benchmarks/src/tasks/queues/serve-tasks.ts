import { type Handled, monotonicMs, numberIn } from '../queue-under-test.ts';
import { MEASURED } from '../measured.ts';
import type { TaskEngine } from '@sluice/server/tasks/task-engine.ts';

/** What workers in this process work with. */
export interface WorkShop {
  readonly engine: Pick<TaskEngine, 'claim' | 'settle'>;
  readonly handled: Handled;
  /** Tenants of which something may wait, those first that have waited for longest. */
  readonly awake: Set<string>;
  /** Those who found nothing and wait to be woken. */
  readonly idle: Set<() => void>;
  readonly isOver: () => boolean;
}

/** Most tasks of one claim. */
const CLAIM = 500;
const LEASE_MS = 15_000;
/** Sessions that a worker has served lately, as the dispatcher remembers them. */
const SESSIONS = 32;
/**
 * Claims for some workers, as the dispatcher does for all of a crew; does nothing with the tasks; and settles them while the
 * next ones are claimed. Goes round the tenants that are awake, and rests until one is woken.
 */
export async function serveTasks(shop: WorkShop, workers: readonly string[]): Promise<void> {
  const { awake, idle, isOver } = shop;
  const sessions = new Set<string>();
  const places = Array.from({ length: CLAIM }, (_, nth) => workers[nth % workers.length] ?? '');
  let settling: Promise<unknown> = Promise.resolve();
  while (!isOver()) {
    const [tenant] = awake;
    if (tenant === undefined) {
      await settling;
      await new Promise<void>((rung) => void idle.add(rung));
      continue;
    }
    awake.delete(tenant);
    const settle = await claimed(shop, tenant, places, sessions);
    await settling;
    if (settle === null) continue;
    awake.add(tenant);
    settling = settle();
  }
  await settling;
}

/** Null when there was nothing, else what settles it. */
async function claimed(
  { engine, handled }: WorkShop,
  tenant: string,
  workers: readonly string[],
  sessions: Set<string>,
): Promise<(() => Promise<unknown>) | null> {
  const wish = { ...MEASURED, abilities: [], sessions: [...sessions], leaseMs: LEASE_MS, workers };
  const leased = await engine.claim(tenant, wish);
  if (leased.length === 0) return null;
  const at = monotonicMs();
  for (const { input, session } of leased) {
    handled(numberIn(input), at);
    if (session !== null) remember(sessions, session);
  }
  return () =>
    engine.settle(
      tenant,
      leased.map(({ id, attempt, worker }) => ({ id, attempt, worker, state: 'succeeded', result: null })),
    );
}

function remember(sessions: Set<string>, session: string): void {
  sessions.delete(session);
  sessions.add(session);
  const [oldest] = sessions;
  if (sessions.size > SESSIONS && oldest !== undefined) sessions.delete(oldest);
}
