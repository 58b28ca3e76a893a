import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf something is done, and by which request. */
export interface Acting {
  readonly requestId: string;
  /** `person:ada`, `token:ci`; null before it is known. Set by whoever finds it out, later in the same request. */
  subject: string | null;
}

const present = new AsyncLocalStorage<Acting>();

/**
 * Carries out work on behalf of a request, so that whatever the work records in the ledger names the request. Work that
 * outlives its request (a loop, a duty) is to be started outside of it.
 */
export const actFor = <Value>(acting: Acting, work: () => Value): Value => present.run(acting, work);

/** On whose behalf the present work is done; undefined for what Sluice does by itself. */
export const actingNow = (): Acting | undefined => present.getStore();
