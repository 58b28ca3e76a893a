import type { BundleStore } from './bundles/bundle-store.ts';
import type { JoinDesk } from './access/joining/join-desk.ts';
import type { SignIn } from './access/sign-in.ts';
import type { LedgerSeal } from './ledger/open-audit.ts';
import type { KeyEncryption } from './secrets/key-encryption.ts';
import type { GuardedOutgoing } from './outgoing/guarded-outgoing.ts';
import type { RequestLimiter } from './limits/request-limiter.ts';
import type { AccessGuard } from './access/access-guard.ts';
import type { Organisations } from './access/organisations.ts';
import type { RequestListener } from 'node:http';
import type { Database } from './store/database/open-database.ts';
import type { Tracing } from './telemetry/tracing/open-tracing.ts';
import type { DeliveryParts } from './start-delivery.ts';
import type { WatchedCertificate } from './tls/watched-certificate.ts';

/** What a tenant works with. */
export interface TenantParts extends Omit<DeliveryParts, 'metrics' | 'readKept' | 'sealing' | 'witnesses'> {
  /** Wraps the data keys of secrets, for all tenants. */
  readonly keys: KeyEncryption;
  /** Where sources are copied to. */
  readonly bundles: BundleStore;
  /** Where sockets for workers without a network are made. */
  readonly directory: string;
  readonly access: AccessGuard;
  /** Lets people and jobs in, whichever tenant they belong to; told how a login failed. */
  readonly signIn: (failed: (how: string) => void) => SignIn;
  /** Connections that belong to no tenant; null for all but whoever runs the control plane. */
  readonly everyTenant: Database | null;
  /** Where workers elsewhere join, whichever tenant they belong to. */
  readonly joining: JoinDesk;
  /** Null for all but whoever runs the control plane. */
  readonly organisations: Organisations | null;
  /** Where requests arrive for all tenants; null for those whose requests are handed over. */
  readonly front: ((own: RequestListener) => RequestListener) | null;
  readonly tracing: Tracing;
  /** Bounds what is asked of this server, of all tenants. */
  readonly limiter: RequestLimiter;
  /** With what this server vouches for ledgers. */
  readonly seal: LedgerSeal;
  /** The way out for what is told to channels. */
  readonly outgoing: GuardedOutgoing;
  /** Where the dashboard stands for its readers; null when nobody has said. */
  readonly publicUrl: string | null;
  /** What TLS is spoken with; null where it is not. */
  readonly certificate: WatchedCertificate | null;
  /** Whether the figures of the process stand among its metrics. */
  readonly processMetrics: boolean;
}
