import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Fault, Script, WorkStep } from '../script/script.ts';

type FaultKind = Fault['kind'];

/** Which faults of a script are there at a moment. */
export class FaultBoard {
  readonly #begin: Instant;
  readonly #byKind = new Map<FaultKind, Fault[]>();
  readonly #spent = new Set<Fault>();

  constructor(script: Script, begin: Instant) {
    this.#begin = begin;
    for (const fault of script.faults) {
      const alike = this.#byKind.get(fault.kind);
      if (alike) alike.push(fault);
      else this.#byKind.set(fault.kind, [fault]);
    }
  }

  /** The fault of a kind that is there now, if any. */
  present<Kind extends FaultKind>(kind: Kind, now: Instant): Extract<Fault, { kind: Kind }> | undefined {
    const since = now - this.#begin;
    return this.#byKind.get(kind)?.find(({ atMs, forMs }) => since >= atMs && since < atMs + forMs) as
      | Extract<Fault, { kind: Kind }>
      | undefined;
  }

  /** The crash or stall that waits for a replica just before a step; it strikes once. */
  strike(
    kind: 'replica-crash' | 'replica-stall',
    replica: number,
    step: WorkStep,
    now: Instant,
  ): Fault | undefined {
    const found = this.#byKind.get(kind)?.find((fault) => {
      if (fault.kind !== kind || this.#spent.has(fault)) return false;
      return fault.replica === replica && fault.before === step && now - this.#begin >= fault.atMs;
    });
    if (found) this.#spent.add(found);
    return found;
  }
}
