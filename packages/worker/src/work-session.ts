import { durationMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '@connectrpc/connect';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import {
  type Welcome,
  type WorkerService,
  type WorkRequest,
  type WorkResponse,
} from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { offerIn } from '@sluice/protocol/ledger/head-message.ts';
import type { Outbox } from './outbox.ts';
import { after } from './pause.ts';
import type { TaskBook } from './task-book.ts';
import type { HeadWitness } from './witness/head-witness.ts';
import { witnessedRequest } from './work-requests.ts';

/** What one session works with. */
export interface SessionPorts {
  readonly client: Pick<Client<typeof WorkerService>, 'work'>;
  readonly hello: WorkRequest;
  readonly outbox: Outbox;
  readonly witness: Pick<HeadWitness, 'take'>;
  readonly book: Pick<TaskBook, 'welcomed' | 'lost' | 'assigned' | 'revoked' | 'settled'>;
  /** How long the server may take to let it in, in ms. */
  readonly welcomeMs: number;
  /** Ends the session at once. */
  readonly over: AbortSignal;
  readonly welcomed: (leaseMs: number) => void;
  readonly drained: () => void;
  readonly heldUp: (heldUpMs: number) => void;
}

/** Leases shorter than this are not believed, in ms: nobody can keep them. */
const SHORTEST_LEASE_MS = 100;
/** What is taken for a lease that the server does not name, in ms. */
const USUAL_LEASE_MS = 30_000;

/**
 * Speaks to one server until the session is over.
 * @returns why it is over: null when it ended as it should, because nothing more was to be sent
 */
export async function workSession(ports: SessionPorts): Promise<unknown> {
  const { client, outbox, book, over } = ports;
  const ending = new AbortController();
  const signal = AbortSignal.any([over, ending.signal]);
  const letIn = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => letIn.resolve(), { once: true });
  const tooLate = new SluiceError('timed-out', `the server said nothing within ${ports.welcomeMs} ms`, {
    next: 'retry',
  });
  const cancelWelcome = after(ports.welcomeMs, () => ending.abort(tooLate));
  let stopBeating = (): void => undefined;
  try {
    for await (const { message } of client.work(requests(ports, letIn.promise, signal), { signal })) {
      if (message.case !== 'welcome') {
        heard(message, ports);
        continue;
      }
      cancelWelcome();
      const leaseMs = leaseOf(message.value);
      book.welcomed(message.value);
      stopBeating = beats(outbox, leaseMs, ports.heldUp);
      ports.welcomed(leaseMs);
      letIn.resolve();
    }
    return null;
  } catch (thrown) {
    return ending.signal.aborted ? tooLate : thrown;
  } finally {
    cancelWelcome();
    stopBeating();
    book.lost();
    ending.abort();
  }
}

async function* requests(
  { hello, outbox }: SessionPorts,
  letIn: Promise<void>,
  over: AbortSignal,
): AsyncGenerator<WorkRequest> {
  yield hello;
  await letIn;
  for (let next = await outbox.next(over); next !== null; next = await outbox.next(over)) yield next;
}

function heard(message: WorkResponse['message'], { book, drained, witness, outbox }: SessionPorts): void {
  if (message.case === 'assign') book.assigned(message.value);
  else if (message.case === 'revoke') book.revoked(message.value);
  else if (message.case === 'settled') book.settled(message.value);
  else if (message.case === 'drain') drained();
  else if (message.case === 'ledgerHead')
    void witness.take(offerIn(message.value)).then((has) => outbox.send(witnessedRequest(has)));
  // Anything else is a word of a later version, which an older worker may leave unheard.
}

/** A heartbeat each third of a lease; says so when the process was held up for longer than the rest of it. */
function beats(
  outbox: Pick<Outbox, 'beat'>,
  leaseMs: number,
  heldUp: (heldUpMs: number) => void,
): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const sinceMs = performance.now() - lastMs;
    lastMs += sinceMs;
    if (sinceMs > (2 * leaseMs) / 3) heldUp(sinceMs - leaseMs / 3);
    outbox.beat();
  }, leaseMs / 3);
  return () => clearInterval(timer);
}

const leaseOf = ({ lease }: Welcome): number =>
  lease === undefined ? USUAL_LEASE_MS : Math.max(SHORTEST_LEASE_MS, durationMs(lease));
