import type { HeadOffer, Witnessed } from '@sluice/protocol/ledger/signed-head.ts';

/** Somebody outside of the database who keeps the last head of a ledger and judges the next one by it. */
export interface LedgerWitness {
  /** In words: `host of this machine`, `git /srv/heads.git`. */
  readonly name: string;
  readonly kind: 'server' | 'host' | 'git' | 'worker';
  /** How often it is given a head at most, in milliseconds. */
  readonly everyMs: number;
  /** What it has of a tenant's ledger. */
  last(tenant: string): Promise<Witnessed>;
  /** Gives it a head with the proof that continues what it has; answers what it has afterwards. */
  offer(offer: HeadOffer): Promise<Witnessed>;
}
