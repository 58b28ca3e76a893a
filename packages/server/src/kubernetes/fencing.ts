import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HeldGeneration } from '@sluice/core/kernel/held-generation.ts';

/** A version that no object has: applied with it, an object is made, or the server says that it is there already. */
export const ONLY_IF_ABSENT = '1';
/** Other writers of the same object, such as the controllers of the cluster, make a write conflict; it is tried again. */
const ATTEMPTS = 6;

/** The failure of an order that another one has overtaken. */
export function overtaken(what: string, held: HeldGeneration): SluiceError {
  const words = held.isReused
    ? `generation ${held.heldGeneration} has already ordered something else for it`
    : `generation ${held.heldGeneration} has already given orders for it`;
  return new SluiceError('refused-as-stale', `${what} is not ordered: ${words}`, {
    next: 'stop',
    cause: held,
  });
}

/** Does something again as long as another writer comes between reading and writing. */
export async function againOnConflict<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (thrown) {
      const isConflict = thrown instanceof SluiceError && thrown.code === 'conflict';
      if (!isConflict || count === ATTEMPTS) throw thrown;
    }
  }
}
