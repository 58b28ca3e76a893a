import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { clusterRefusalOf } from '../failures/cluster-refusal.ts';

/** Which API groups send what is there as the beginning of a watch; true until one has shown that it does not. */
export interface WatchListSupport {
  usable(apiVersion: string): boolean;
  /** Lists are used for this group and version from now on. */
  giveUp(apiVersion: string): void;
}

/** Remembers for as long as a client lives: a server that learns it costs us lists until then, and nothing else. */
export function watchListSupport(enabled: boolean): WatchListSupport {
  const without = new Set<string>();
  return {
    usable: (apiVersion) => enabled && !without.has(apiVersion),
    giveUp: (apiVersion) => void without.add(apiVersion),
  };
}

/** An answer that a server gives which does not know, or does not allow, initial events. */
export function refusesInitialEvents(thrown: unknown): boolean {
  if (thrown instanceof SluiceError && thrown.cause instanceof NoInitialEvents) return true;
  const status = clusterRefusalOf(thrown)?.status;
  if (status === undefined) return false;
  // Servers name the parameter that they do not allow; a selector that is wrong is refused with the same code.
  return status.code === 406 || /sendInitialEvents|resourceVersionMatch/.test(status.message);
}

/** Why a watch that should begin with what is there is taken for one that does not. */
export class NoInitialEvents {
  readonly sign: 'silence' | 'bookmark';

  constructor(sign: 'silence' | 'bookmark') {
    this.sign = sign;
  }
}

/** The failure of a watch that began as if initial events had not been asked for: old servers ignore what they do not know. */
export function noInitialEvents(sign: 'silence' | 'bookmark'): SluiceError {
  return new SluiceError('unsupported', `the API server sends no initial events (seen by ${sign})`, {
    next: 'retry',
    cause: new NoInitialEvents(sign),
  });
}
