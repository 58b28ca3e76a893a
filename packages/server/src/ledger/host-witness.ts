import type { HostClient } from '../host-client/host-client.ts';
import type { LedgerWitness } from './ledger-witness.ts';

/** How often a host is given a head at most, in milliseconds. */
const EVERY_MS = 5_000;

/** The host of this machine as a witness: it keeps the last head in its own directory, and runs on when the server ends. */
export const hostWitness = (host: Pick<HostClient, 'ledgerHead' | 'offerHead'>): LedgerWitness => ({
  name: 'host of this machine',
  kind: 'host',
  everyMs: EVERY_MS,
  last: (tenant) => host.ledgerHead(tenant),
  offer: (offer) => host.offerHead(offer),
});
