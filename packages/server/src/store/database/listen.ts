import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';

/** What to listen to, and whom to tell. */
export interface Listening {
  readonly url: string;
  readonly channel: string;
  onNotify(payload: string): void;
  /**
   * Called whenever listening begins, first or again. Notifications are not kept: what was sent in between is lost, so
   * that a listener looks for itself now.
   */
  onListening?(): void;
  /** Ends the listening. */
  readonly signal: AbortSignal;
}

const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 5_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A listening connection is silent, so that only a question shows that the other end has gone without a word. */
const PROBE_EVERY_MS = 30_000;
const PROBE_TIMEOUT_MS = 10_000;
const GOODBYE_TIMEOUT_MS = 1_000;

/**
 * Listens to a channel on a connection of its own, and connects again with growing pauses (50 ms to 5 s) when it breaks.
 * Never rejects; resolves when `signal` aborts.
 */
export async function listen(listening: Listening): Promise<void> {
  let backoffMs = FIRST_BACKOFF_MS;
  while (!listening.signal.aborted) {
    const heard = await listenOnce(listening);
    backoffMs = heard ? FIRST_BACKOFF_MS : Math.min(LONGEST_BACKOFF_MS, backoffMs * 2);
    await delay(backoffMs, undefined, { signal: listening.signal }).catch(() => undefined);
  }
}

/** Listens until the connection breaks or the signal aborts; true when it came to listening at all. */
async function listenOnce({ url, channel, signal, ...tell }: Listening): Promise<boolean> {
  const client = new Client({
    connectionString: url,
    application_name: 'sluice listening',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
    keepAlive: true,
  });
  const ended = untilEnded(client, signal);
  client.on('notification', ({ payload }) => tell.onNotify(payload ?? ''));
  const began = begin(client, channel).catch(() => false);
  const isListening = await Promise.race([began, ended.then(() => false)]);
  if (isListening) {
    tell.onListening?.();
    const stopProbing = probe(client);
    await ended;
    stopProbing();
  }
  await close(client);
  return isListening;
}

async function begin(client: Client, channel: string): Promise<boolean> {
  await client.connect();
  await client.query(`listen ${escapeIdentifier(channel)}`);
  return true;
}

function untilEnded(client: Client, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => resolve();
    client.on('error', end);
    client.on('end', end);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    client.on('end', () => signal.removeEventListener('abort', end));
  });
}

function probe(client: Client): () => void {
  const ask = (): void => void client.query('select').catch(() => close(client));
  const timer = setInterval(ask, PROBE_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Says goodbye, but does not wait long for a peer that may be gone. */
async function close(client: Client): Promise<void> {
  const goodbye = client.end().catch(() => undefined);
  await Promise.race([goodbye, delay(GOODBYE_TIMEOUT_MS, undefined, { ref: false })]);
}
