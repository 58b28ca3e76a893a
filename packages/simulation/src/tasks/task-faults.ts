import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Chance } from '../clock/chance.ts';
import type { TaskFault } from './task-script.ts';

/** How a statement fails: before it is carried out, or when its answer is lost after. */
export interface StatementFailure {
  readonly moment: 'before' | 'after';
  readonly error: SluiceError;
}

/** How often a statement fails while statements fail. */
const FAILURE_RATE = 0.4;
const SLOW_MS = 700;

/** What goes wrong with statements and servers at each moment of a story. */
export class TaskFaults {
  readonly #chance: Chance;
  readonly #faults: readonly TaskFault[];
  /** Milliseconds since the beginning. */
  readonly #elapsed: () => number;
  readonly #died = new Set<TaskFault>();

  constructor(faults: readonly TaskFault[], chance: Chance, elapsed: () => number) {
    this.#faults = faults;
    this.#chance = chance;
    this.#elapsed = elapsed;
  }

  /** Whether anything of a kind is wrong now. */
  has(kind: TaskFault['kind']): boolean {
    return this.#present(kind) !== undefined;
  }

  /** How the statement that is sent now fails; null when it does not. */
  failure(statement: string): StatementFailure | null {
    const unreachable = new SluiceError('unreachable', 'the database does not answer', { next: 'retry' });
    if (this.has('database-down')) return { moment: 'before', error: unreachable };
    const fails = (): boolean => this.#chance.happens(FAILURE_RATE);
    if (this.has('answers-lost') && fails())
      return { moment: this.#chance.oneOf(['before', 'after'] as const), error: unreachable };
    if (statement !== 'settle' || !this.has('conflicts') || !fails()) return null;
    const undone = new SluiceError('conflict', 'the database has undone it', { next: 'retry' });
    return { moment: 'before', error: undone };
  }

  slownessMs(): number {
    return this.has('database-slow') ? this.#chance.between(0, SLOW_MS) : 0;
  }

  /** Whether the server dies with the statement that it sends now: each fault kills once. */
  deathOf(server: number): 'before' | 'after' | null {
    const fault = this.#faults.find(
      (one) =>
        one.kind === 'server-dies' &&
        one.server === server &&
        one.atMs <= this.#elapsed() &&
        !this.#died.has(one),
    );
    if (fault?.kind !== 'server-dies') return null;
    this.#died.add(fault);
    return fault.moment;
  }

  #present(kind: TaskFault['kind']): TaskFault | undefined {
    const now = this.#elapsed();
    return this.#faults.find(
      (fault) => fault.kind === kind && fault.atMs <= now && now < fault.atMs + fault.forMs,
    );
  }
}
