/**
 * Purpose: connections over HTTP that lead only to addresses that were judged.
 *
 * 1. What a name means is asked at the connection, and the very address that was judged is connected to. 2. No redirects.
 * 3. Nothing compressed is taken, so that no small answer becomes a large one; answers end at a number of bytes.
 */
import { isIP } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { type AddressJudge, withoutBrackets } from './address-judge.ts';
import type { GuardedFetch, GuardedLines, LinesWish } from './outgoing.ts';
import { placeOf, portOf } from './outgoing-place.ts';
import { refuseCompressed } from './refuse-compressed.ts';

/** A host that does not answer so soon is unreachable, in ms. */
export const CONNECT_MS = 10_000;
/** Of the addresses of a host so many are tried. */
const MOST_TRIED = 4;

/** Opens connections under what a judge says; whoever opens them closes them. */
export function guardedLines(judge: AddressJudge, wish: LinesWish): GuardedLines {
  const { mostBytes, connections = null, tls = {}, withinMs = null } = wish;
  const connector = buildConnector({ timeout: CONNECT_MS, allowH2: false, ...tls });
  const agent = new Agent({
    connect: (options, callback) => void connectTo({ judge, connector }, options, callback),
    connections,
    maxResponseSize: mostBytes,
    ...(withinMs !== null && { headersTimeout: withinMs, bodyTimeout: withinMs }),
  });
  const dispatcher = agent.compose(refuseCompressed);
  return {
    dispatcher,
    fetch: fetchOver(dispatcher, withinMs),
    drain: () => agent.close(),
    close: () => agent.destroy(),
  };
}

type Connector = buildConnector.connector;

/** Opens the connection of a request to an address that was judged; where a host has several, one after the other. */
async function connectTo(
  { judge, connector }: { readonly judge: AddressJudge; readonly connector: Connector },
  ...[options, callback]: Parameters<Connector>
): Promise<void> {
  try {
    const addresses = await judge(options.hostname, portOf(options));
    const servername = serverName(options);
    const attempt = ([hostname = '', ...rest]: readonly string[]): void =>
      connector({ ...options, hostname, servername }, (...outcome) => {
        if (outcome[0] !== null && rest.length > 0) attempt(rest);
        else callback(...outcome);
      });
    attempt(addresses.slice(0, MOST_TRIED));
  } catch (thrown) {
    callback(SluiceError.from(thrown, `connecting to ${options.hostname}`), null);
  }
}

/** The name that a certificate must be for; an address in brackets has none. */
function serverName({ servername, hostname }: { servername?: string | undefined; hostname: string }): string {
  return servername || (isIP(withoutBrackets(hostname)) === 0 ? hostname : '');
}

function fetchOver(dispatcher: GuardedLines['dispatcher'], withinMs: number | null): GuardedFetch {
  const guarded = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const place = placeOf(input instanceof Request ? input.url : String(input));
    if (!place.ok || place.value.scheme === 'tcp:')
      throw refused(place.ok ? 'Only http and https are spoken here' : place.refusal.message);
    const limits = withinMs === null ? [] : [AbortSignal.timeout(withinMs)];
    const signal = AbortSignal.any([...(init?.signal ? [init.signal] : []), ...limits]);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set('accept-encoding', 'identity');
    try {
      const options = { ...init, headers: [...headers], redirect: 'manual', signal, dispatcher } as never;
      return (await undiciFetch(input as never, options)) as unknown as Response;
    } catch (thrown) {
      throw refusalIn(thrown) ?? thrown;
    }
  };
  return guarded as GuardedFetch;
}

/** The failure of ours in what `fetch` throws, which wraps what its connection was refused for. */
function refusalIn(thrown: unknown): SluiceError | undefined {
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) if (at instanceof SluiceError) return at;
  return undefined;
}

const refused = (message: string): SluiceError =>
  new SluiceError('invalid-input', message, { next: 'ask-human' });
