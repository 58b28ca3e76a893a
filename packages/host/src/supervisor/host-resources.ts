import type { Random } from '@sluice/core/kernel/prng.ts';
import type { HostPaths } from '../disk/host-paths.ts';
import type { Log } from '../log.ts';
import type { Sandboxes } from '@sluice/sandbox/open-sandboxes.ts';
import type { PortLedger } from '../ports/port-ledger.ts';
import type { Cgroups } from './cgroups.ts';
import type { MemoryWatch } from './memory-watch.ts';
import type { SupervisorLimits } from './supervisor-limits.ts';
import type { UsageMeter } from './usage-meter.ts';

/** What all instances of a host share. */
export interface HostResources {
  readonly paths: HostPaths;
  readonly ports: PortLedger;
  readonly memory: MemoryWatch;
  readonly usage: UsageMeter;
  /** Null where the kernel keeps no limits for us. */
  readonly cgroups: Cgroups | null;
  readonly sandboxes: Sandboxes;
  /** The host's own environment: where secrets and inherited variables come from. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly bootId: string;
  readonly limits: SupervisorLimits;
  readonly random: Random;
  readonly log: Log;
}
