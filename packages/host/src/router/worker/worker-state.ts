import type { RouterLimits } from '../limits.ts';
import type { SecondCounter } from './second-counter.ts';

/** What all requests of a worker share. */
export interface WorkerState {
  readonly limits: RouterLimits;
  readonly counter: SecondCounter;
  /** The worker is stopping: each answer closes its connection. */
  retiring: boolean;
  /** Mirrored copies that run now. */
  mirrors: number;
}
