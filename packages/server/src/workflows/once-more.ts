import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** Two transactions that meet do not do so for ever. */
const ATTEMPTS = 5;

/** Does again what the database has undone because two transactions met; whoever waits need not know. */
export async function onceMore<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let nth = 1; ; nth++)
    try {
      return await attempt();
    } catch (thrown) {
      const isUndone = thrown instanceof SluiceError && thrown.code === 'conflict' && thrown.next === 'retry';
      if (!isUndone || nth === ATTEMPTS) throw thrown;
    }
}
