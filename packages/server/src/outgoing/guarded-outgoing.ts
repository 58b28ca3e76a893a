/**
 * Purpose: the way out of the server for addresses that people have given: webhooks, chats, mail servers.
 *
 * 1. A host is resolved here, and the connection goes to the very address that was judged: a name that means something else a
 * moment later gains nothing. 2. What is not the public internet is refused, unless the one who runs the server has allowed it.
 * 3. No redirects, no proxies, no other schemes; answers are cut at 1 MiB and attempts at 30 s.
 */
import { lookup as resolveName } from 'node:dns/promises';
import { connect as openSocket, isIP, type Socket } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import type { GuardedFetch, Outgoing } from './outgoing.ts';
import { mayConnect, type OutgoingRule } from './outgoing-rules.ts';

/** Longer answers are cut off with an error, in bytes. */
const MOST_BYTES = 1024 * 1024;
/** No request takes longer, in ms. */
const WITHIN_MS = 30_000;
/** A host that does not answer so soon is unreachable, in ms. */
const CONNECT_MS = 10_000;

/** The addresses of a host, in the order in which they are tried; rejects when it has none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** The guarded ways out; connections are kept for a while and have to be closed. */
export interface GuardedOutgoing extends Outgoing {
  /** Judges where something will be sent before it is kept: an `http` or `https` URL, or `tcp://host:port`. */
  check(destination: string): Promise<Result<null>>;
  close(): Promise<void>;
}

/** Opens the ways out. */
export function guardedOutgoing(
  rules: readonly OutgoingRule[],
  resolve: ResolveHost = resolveBySystem,
): GuardedOutgoing {
  const permitted = (host: string, port: number) => permittedAddress({ host, port }, rules, resolve);
  const agent = new Agent({
    connect: (options, callback) => void connectTo(permitted, options, callback),
    maxResponseSize: MOST_BYTES,
    headersTimeout: WITHIN_MS,
    bodyTimeout: WITHIN_MS,
  });
  return {
    fetch: fetchThrough(agent),
    connect: async ({ host, port }, signal) => dial(await permitted(host, port), port, signal),
    check: async (destination) => {
      const place = placeOf(destination);
      if (!place.ok) return place;
      try {
        await permitted(place.value.host, place.value.port);
        return ok(null);
      } catch (thrown) {
        const { message } = SluiceError.from(thrown, `looking up ${place.value.host}`);
        return refuse('refused-destination', message, 'Give another address, or have it allowed.');
      }
    },
    close: () => agent.destroy(),
  };
}

const connector = buildConnector({ timeout: CONNECT_MS, allowH2: false });

/** Opens the connection of a request to the address that was judged. */
async function connectTo(
  permitted: (host: string, port: number) => Promise<string>,
  ...[options, callback]: Parameters<buildConnector.connector>
): Promise<void> {
  try {
    const port = Number(options.port) || (DEFAULT_PORTS[options.protocol] ?? 0);
    const hostname = await permitted(options.hostname, port);
    connector({ ...options, hostname, servername: serverName(options) }, callback);
  } catch (thrown) {
    callback(SluiceError.from(thrown, `connecting to ${options.hostname}`), null);
  }
}

/** The name that a certificate must be for; an address in brackets has none. */
function serverName({ servername, hostname }: { servername?: string | undefined; hostname: string }): string {
  return servername || (isIP(bare(hostname)) === 0 ? hostname : '');
}

function fetchThrough(agent: Agent): GuardedFetch {
  const guarded = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const place = placeOf(input instanceof Request ? input.url : String(input));
    if (!place.ok || place.value.scheme === 'tcp:')
      throw refused(place.ok ? 'Only http and https are spoken here.' : place.refusal.message);
    const limit = AbortSignal.timeout(WITHIN_MS);
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit;
    try {
      const options = { ...init, redirect: 'manual', signal, dispatcher: agent } as never;
      return (await undiciFetch(input as never, options)) as unknown as Response;
    } catch (thrown) {
      throw refusalIn(thrown) ?? thrown;
    }
  };
  return guarded as GuardedFetch;
}

/** Fetch wraps what its connection was refused for. */
function refusalIn(thrown: unknown): SluiceError | undefined {
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) if (at instanceof SluiceError) return at;
  return undefined;
}

interface Place {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function placeOf(destination: string): Result<Place> {
  const url = URL.canParse(destination) ? new URL(destination) : null;
  const isTcp = url?.protocol === 'tcp:';
  if (url === null || !(url.protocol in DEFAULT_PORTS || isTcp) || url.hostname === '')
    return refuse(
      'refused-destination',
      'It is no http or https address',
      'Give an address that begins with https://.',
    );
  if (url.username !== '' || url.password !== '')
    return refuse(
      'refused-destination',
      `The address of ${url.hostname} holds a user or a password`,
      'Keep the address as a secret and give a reference to it.',
    );
  const port = Number(url.port) || DEFAULT_PORTS[url.protocol];
  if (port === undefined)
    return refuse('refused-destination', `${url.hostname} is given without a port`, 'Add the port.');
  return ok({ scheme: url.protocol, host: bare(url.hostname), port });
}

/** The first address of a host that may be reached. */
async function permittedAddress(
  { host, port }: Pick<Place, 'host' | 'port'>,
  rules: readonly OutgoingRule[],
  resolve: ResolveHost,
): Promise<string> {
  const literal = bare(host);
  const addresses = isIP(literal) === 0 ? await resolve(literal) : [literal];
  const found = addresses.find((address) => mayConnect(address, port, rules));
  if (found !== undefined) return found;
  throw refused(
    `${literal}:${port} is refused: it is ${addresses.length === 0 ? 'nowhere' : 'no address of the public internet'}. ` +
      'If it is meant, whoever runs the server allows it with --allow-outgoing.',
  );
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

async function resolveBySystem(host: string): Promise<readonly string[]> {
  const found = await resolveName(host, { all: true }).catch((thrown: unknown) => {
    throw new SluiceError('unreachable', `the host ${host} is not known`, { next: 'retry', cause: thrown });
  });
  return found.map(({ address }) => address);
}

function dial(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
    if (within.aborted) return reject(asError(within.reason));
    const socket = openSocket({ host: address, port });
    const give = (): void => {
      socket.destroy();
      reject(asError(within.reason));
    };
    within.addEventListener('abort', give, { once: true });
    const settle = (end: () => void) => () => {
      within.removeEventListener('abort', give);
      end();
    };
    socket.once(
      'connect',
      settle(() => resolve(socket)),
    );
    socket.once('error', (thrown) => settle(() => reject(thrown))());
  });
}

const refused = (message: string): SluiceError =>
  new SluiceError('invalid-input', message, { next: 'ask-human' });

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : SluiceError.from(thrown, 'connecting');

/** The type of what judges destinations. */
export type CheckDestination = GuardedOutgoing['check'];
