/**
 * Purpose: part of the composition root of a tenant: what tells channels, and what people answer there. No logic, only wiring.
 */
import { join } from 'node:path';
import { personOf } from './access/identities.ts';
import { CHANNEL_ADAPTERS } from './channel-adapters.ts';
import type { GateRegistry } from './gates/gate-registry.ts';
import { storedIdempotency } from './idempotency/stored-idempotency.ts';
import type { ChannelRegistry } from './notify/channel-registry.ts';
import { secretReader } from './notify/read-secret.ts';
import { runNotify } from './notify/run-notify.ts';
import { type SlackPresses, slackPresses } from './notify/slack-presses.ts';
import type { WriteBell } from './rollouts/write-bell.ts';
import type { TenantParts } from './tenant-parts.ts';
import { channelSecret } from './secrets/stored-secrets.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** What telling needs of a tenant. */
export interface TellingParts
  extends Pick<
    TenantParts,
    'db' | 'tenant' | 'log' | 'outgoing' | 'publicUrl' | 'environment' | 'directory' | 'keys' | 'access'
  > {
  readonly bell: Pick<WriteBell, 'next'>;
  readonly metrics: Pick<Metrics, 'deliveryAttempts'>;
  readonly gates: Pick<GateRegistry, 'vote'>;
}

/** Telling at work. */
export interface Telling {
  readonly channels: ChannelRegistry;
  readonly presses: SlackPresses;
  close(): Promise<void>;
}

/** Starts what tells the channels of a tenant. */
export function startTelling(parts: TellingParts): Telling {
  const { db, tenant, metrics, access, gates } = parts;
  const readSecret = secretReader({
    environment: parts.environment,
    directory: join(parts.directory, 'secrets'),
    stored: (name) => channelSecret(db, tenant, parts.keys, name),
  });
  const notify = runNotify({
    ...parts,
    ...{ now, readSecret, adapters: CHANNEL_ADAPTERS },
    attempted: (kind, outcome) => metrics.deliveryAttempts.inc({ kind, outcome }),
  });
  const keys = storedIdempotency(db, tenant, now);
  const presses = slackPresses({
    ...{ db, tenant, now, readSecret, outgoing: parts.outgoing },
    callerOf: (subject) => personOf(db, tenant, subject),
    may: async (caller, permission, track) => (await access.mayWith(caller, permission, track)).allowed,
    firstTime: async (key) => {
      const isFirst = (await keys.reserve(key, key)).kind === 'reserved';
      if (isFirst) await keys.complete(key, 200, null);
      return isFirst;
    },
    vote: (track, caller, request) => gates.vote(track, caller, request),
  });
  return {
    channels: notify.registry,
    presses,
    close: async () => {
      await notify.close();
      await parts.outgoing.close();
    },
  };
}

const now = (): number => Date.now();
