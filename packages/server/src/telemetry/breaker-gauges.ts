import type { BreakerState } from '@sluice/core/tasks/circuit-breaker.ts';
import { Gauge, type Registry } from 'prom-client';

/** How the breaker of a tool stands, or of what lies behind tools. */
export interface BreakerReading {
  readonly kind: 'tool' | 'downstream';
  readonly name: string;
  readonly state: BreakerState;
}

/** Reads the breakers of everything that was called from this server. */
export type BreakersReader = () => readonly BreakerReading[];

/** So that the greatest is the worst. */
const VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };
/** Breakers that have series of their own; of more than that those which are closed have none. */
const MOST_BREAKERS = 500;

/**
 * Makes the gauge of circuit breakers. It says nothing before it is given a reader.
 *
 * @returns takes the reader
 */
export function breakerGauges(registry: Registry): (reader: BreakersReader) => void {
  let read: BreakersReader = () => [];
  new Gauge({
    name: 'agent_breaker_state',
    help: 'Circuit breakers of tools, and of what lies behind them, as this server sees them: 0 closed, 1 half-open, 2 open.',
    labelNames: ['kind', 'name'],
    registers: [registry],
    collect() {
      this.reset();
      const worstFirst = read().toSorted((a, b) => VALUES[b.state] - VALUES[a.state]);
      for (const { kind, name, state } of worstFirst.slice(0, MOST_BREAKERS))
        this.set({ kind, name }, VALUES[state]);
    },
  });
  return (reader) => {
    read = reader;
  };
}
