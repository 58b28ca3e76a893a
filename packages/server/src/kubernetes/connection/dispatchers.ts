import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { type TlsSettings, sameTls } from '../credentials/cluster-access.ts';

/** Connections for requests; more at once would only queue in the server. Each is used by one request at a time. */
const requestConnections = 16;

/** Connections for what pods answer through the API server: a pod that hangs must not keep requests waiting. */
const podConnections = 32;

/** How long a connection may be idle before it is closed, in ms: less than the 60 s after which many balancers forget it. */
const idleMs = 30_000;

/** How long a connection may take to be made, in ms. */
const connectTimeoutMs = 10_000;

/** A peer that vanished is noticed after this much silence, in ms, and ten probes of a second. */
const probeAfterMs = 30_000;

/**
 * The connections to one server, in pools: watches and pods hold theirs for long and must not take those of the requests.
 * HTTP/1.1, because one cut HTTP/2 connection would take every watch and request with it.
 */
export interface Dispatchers {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
  readonly pods: Dispatcher;
}

/** Keeps connections that fit the present certificates: those that were made with others end after what runs on them. */
export class DispatcherSource {
  readonly #proxy: string | undefined;
  #made: { readonly tls: TlsSettings; readonly dispatchers: Dispatchers } | undefined;

  constructor(proxy: string | undefined) {
    this.#proxy = proxy;
  }

  for(tls: TlsSettings): Dispatchers {
    if (this.#made !== undefined && sameTls(this.#made.tls, tls)) return this.#made.dispatchers;
    const old = this.#made;
    const dispatchers = {
      requests: dispatcherOf(tls, this.#proxy, requestConnections),
      watches: dispatcherOf(tls, this.#proxy, null),
      pods: dispatcherOf(tls, this.#proxy, podConnections),
    };
    this.#made = { tls, dispatchers };
    void Promise.allSettled(poolsOf(old?.dispatchers).map((pool) => pool.close()));
    return dispatchers;
  }

  async close(): Promise<void> {
    const old = this.#made;
    this.#made = undefined;
    await Promise.allSettled(poolsOf(old?.dispatchers).map((pool) => pool.destroy()));
  }
}

function poolsOf(dispatchers: Dispatchers | undefined): readonly Dispatcher[] {
  return dispatchers === undefined ? [] : [dispatchers.requests, dispatchers.watches, dispatchers.pods];
}

function dispatcherOf(tls: TlsSettings, proxy: string | undefined, connections: number | null): Dispatcher {
  const secured = { ...tls, timeout: connectTimeoutMs, keepAliveInitialDelay: probeAfterMs };
  const shared = { connections, pipelining: 1, allowH2: false, keepAliveTimeout: idleMs };
  if (proxy !== undefined) {
    // A tunnel also without TLS: a proxy that reads along may keep back the events of a watch.
    return new ProxyAgent({ uri: proxy, requestTls: secured, proxyTunnel: true, ...shared });
  }
  return new Agent({ ...shared, connect: secured });
}
