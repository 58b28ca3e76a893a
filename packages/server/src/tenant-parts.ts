import type { BundleStore } from './bundles/bundle-store.ts';
import type { SignIn } from './access/sign-in.ts';
import type { LedgerSeal } from './ledger/open-audit.ts';
import type { KeyEncryption } from './secrets/key-encryption.ts';
import type { GuardedOutgoing } from './outgoing/guarded-outgoing.ts';
import type { AccessGuard } from './access/access-guard.ts';
import type { Organisations } from './access/organisations.ts';
import type { RequestListener } from 'node:http';
import type { Tracing } from './telemetry/tracing/open-tracing.ts';
import type { DeliveryParts } from './start-delivery.ts';

/** What a tenant works with. */
export interface TenantParts extends Omit<DeliveryParts, 'metrics' | 'readKept' | 'sealing'> {
  /** Wraps the data keys of secrets, for all tenants. */
  readonly keys: KeyEncryption;
  /** The directory of the host; null where there is none. */
  readonly hostDirectory: string | null;
  /** Where sources are copied to. */
  readonly bundles: BundleStore;
  /** Where sockets for workers without a network are made. */
  readonly directory: string;
  readonly access: AccessGuard;
  /** Lets people and jobs in, whichever tenant they belong to; told how a login failed. */
  readonly signIn: (failed: (how: string) => void) => SignIn;
  /** Null for all but whoever runs the control plane. */
  readonly organisations: Organisations | null;
  /** Where requests arrive for all tenants; null for those whose requests are handed over. */
  readonly front: ((own: RequestListener) => RequestListener) | null;
  readonly tracing: Tracing;
  /** With what this server vouches for ledgers. */
  readonly seal: LedgerSeal;
  /** The way out for what is told to channels. */
  readonly outgoing: GuardedOutgoing;
  /** Where the dashboard stands for its readers; null when nobody has said. */
  readonly publicUrl: string | null;
  /** Whether the figures of the process stand among its metrics. */
  readonly processMetrics: boolean;
}
