import type { WorkerHello } from './worker-hello.ts';

/** How a worker stands, for people. */
export type WorkerHealth = 'well' | 'ejected' | 'probed';

/** How tasks are shared out among workers. */
export interface WorkerBalance {
  /** How many tasks more it may be given, of those that it wants. */
  roomOf(hello: WorkerHello, wanted: number): number;
  /** How much it gets beside its peers. */
  weightOf(hello: WorkerHello, capacity: number): number;
  healthOf(hello: WorkerHello): WorkerHealth;
}
