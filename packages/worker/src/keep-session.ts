/**
 * Purpose: keeps a worker in touch with some server, one session after the other, until it leaves.
 *
 * Owns: the port that says the worker is ready. 1. At most one session at a time. 2. The port is open from the first
 * welcome on, except while there has been no session for a lease. 3. After a failure it waits longer each time, by chance
 * in part; a session that lasted forgets that.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Backoff } from './pause.ts';
import { after, backoffMs, pause } from './pause.ts';
import type { ReadinessPort } from './readiness-port.ts';
import type { ReportSink } from './worker-report.ts';

/** What it works with. */
export interface KeepSessionPorts {
  /** Speaks to a server until the session is over; calls back when it was let in. */
  readonly speak: (welcomed: (leaseMs: number) => void) => Promise<unknown>;
  readonly port: Pick<ReadinessPort, 'open' | 'close'>;
  readonly backoff: Backoff;
  /** Aborted when no further session is wanted; the one that is on ends by itself. */
  readonly leaving: AbortSignal;
  readonly welcomed: () => void;
  readonly report: ReportSink;
  readonly chance: () => number;
}

const ended = new SluiceError('unreachable', 'the server ended the session', { next: 'retry' });

/** Resolves when no further session is wanted, with the port closed. */
export async function keepSession(ports: KeepSessionPorts): Promise<void> {
  const { speak, port, leaving, report } = ports;
  let failures = 0;
  let leaseMs = 0;
  let cancelClosing = (): void => undefined;
  while (!leaving.aborted) {
    let welcomedAtMs: number | null = null;
    const error = await speak((lease) => {
      leaseMs = lease;
      welcomedAtMs = performance.now();
      cancelClosing();
      port.open();
      report({ kind: 'welcomed', leaseMs });
      ports.welcomed();
    });
    if (leaving.aborted) break;
    if (welcomedAtMs !== null) cancelClosing = after(leaseMs, () => void port.close());
    const hasLasted = welcomedAtMs !== null && performance.now() - welcomedAtMs >= leaseMs;
    failures = hasLasted ? 1 : failures + 1;
    const retryMs = backoffMs(ports.backoff, failures, ports.chance());
    report({ kind: 'session-lost', error: error ?? ended, retryMs });
    await pause(retryMs, leaving);
  }
  cancelClosing();
  await port.close();
}
