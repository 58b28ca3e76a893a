/**
 * Purpose: keeps connections to MCP servers, one for each, and starts those that are programs.
 *
 * Owns: the connections and the processes. 1. A program is started when it is first needed, with an environment of its own:
 * nothing of the server's but what programs cannot do without. 2. A connection that broke, or is not used for a while, is
 * closed; the next call opens another. 3. A program ends with its standard input, so that none outlives a killed server.
 */
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { McpServer } from '@sluice/core/tasks/tool-definition.ts';
import type { GuardedFetch } from '../outgoing/outgoing.ts';
import { type SecretReader, serverName } from './tool-executor.ts';

/** Connections to MCP servers. */
export interface McpConnections {
  /**
   * Uses the connection to a server, opened before where there is none.
   * @throws SluiceError `unreachable` when there is none to be had: nothing was asked of the server
   */
  use<Value>(server: McpServer, work: (client: Client) => Promise<Value>): Promise<Value>;
  /** Closes the connection to a server: the next call opens another. */
  drop(server: McpServer): void;
  close(): Promise<void>;
}

/** What connections work with. */
export interface McpConnectionsPorts {
  /** For servers over HTTP. */
  readonly fetch: GuardedFetch;
  readonly readSecrets: SecretReader;
  /** How long a connection may be unused, in ms; five minutes without. */
  readonly idleMs?: number;
}

/** How long a server may take to say who it is, in ms. */
const CONNECT_MS = 15_000;
/** Older servers leave unanswered what they are asked first; then they are spoken to in their own version. In ms. */
const PROBE_MS = 2_000;
const IDLE_MS = 300_000;
/** Of what a program wrote to its error output, in characters. */
const LAST_WORDS = 1_000;
/** Programs and connections of one server. */
const MOST = 100;

interface Connection {
  readonly client: Promise<Client>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** Starts with no connection. */
export function mcpConnections({
  fetch,
  readSecrets,
  idleMs = IDLE_MS,
}: McpConnectionsPorts): McpConnections {
  const connections = new Map<string, Connection>();
  const closing = new Set<Promise<void>>();
  let isClosed = false;

  const forget = (key: string, connection: Connection): void => {
    if (connections.get(key) !== connection) return;
    connections.delete(key);
    clearTimeout(connection.idle);
    const closed = connection.client
      .then((client) => client.close())
      .catch(() => undefined)
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const open = (key: string, server: McpServer): Connection => {
    if (isClosed || connections.size >= MOST)
      throw new SluiceError(
        'unreachable',
        `No connection to ${serverName(server)}: ${isClosed ? 'this server closes' : `there are ${MOST} already`}.`,
        { next: 'retry' },
      );
    const connection: Connection = {
      client: connected(server, { readSecrets, fetch }),
      users: 0,
      idle: undefined,
    };
    connections.set(key, connection);
    connection.client.then(
      (client) => {
        client.onclose = () => forget(key, connection);
      },
      () => forget(key, connection),
    );
    return connection;
  };

  return {
    use: async (server, work) => {
      const key = canonicalJson(server);
      const connection = connections.get(key) ?? open(key, server);
      connection.users += 1;
      clearTimeout(connection.idle);
      try {
        return await work(await connection.client);
      } finally {
        connection.users -= 1;
        if (connection.users === 0)
          connection.idle = setTimeout(() => forget(key, connection), idleMs).unref();
      }
    },
    drop: (server) => {
      const key = canonicalJson(server);
      const connection = connections.get(key);
      if (connection) forget(key, connection);
    },
    close: async () => {
      isClosed = true;
      for (const [key, connection] of connections) forget(key, connection);
      await Promise.all(closing);
    },
  };
}

type Means = Pick<McpConnectionsPorts, 'fetch' | 'readSecrets'>;

async function connected(server: McpServer, means: Means): Promise<Client> {
  const client = new Client(
    { name: 'sluice', version: '0.1.0' },
    { versionNegotiation: { mode: 'auto', probe: { timeoutMs: PROBE_MS } } },
  );
  const words = { last: '' };
  try {
    await client.connect(await transportTo(server, means, words), { timeout: CONNECT_MS });
    return client;
  } catch (thrown) {
    await client.close().catch(() => undefined);
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const said = words.last.trim() === '' ? '' : ` It wrote: ${words.last.trim()}`;
    throw new SluiceError(
      'unreachable',
      `The MCP server ${serverName(server)} cannot be reached: ${reason}.${said}`,
      { next: 'retry', cause: thrown },
    );
  }
}

async function transportTo(
  server: McpServer,
  { readSecrets, fetch }: Means,
  words: { last: string },
): Promise<Transport> {
  const secrets = await readSecrets(server.secrets);
  if (server.over === 'http')
    return new StreamableHTTPClientTransport(new URL(server.url), {
      fetch,
      requestInit: { headers: { ...server.headers, ...secrets } },
    });
  const [command = '', ...args] = server.command;
  const transport = new StdioClientTransport({
    ...{ command, args, env: { ...server.env, ...secrets }, stderr: 'pipe' },
    ...(server.directory !== null && { cwd: server.directory }),
  });
  transport.stderr?.on('data', (part: Buffer) => {
    words.last = `${words.last}${part.toString('utf8')}`.slice(-LAST_WORDS);
  });
  return transport;
}
