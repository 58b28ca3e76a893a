import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { AccessNow, ClusterAccess, TlsSettings } from './cluster-access.ts';
import type { KubeconfigCredentials } from './cluster-credentials.ts';
import { withExecEnvironment } from './exec-environment.ts';
import { rememberedAccess } from './remembered-access.ts';

/** A plugin that asks a person or a slow service gets this long, in ms. */
const pluginTimeoutMs = 60_000;

/**
 * Reads a kubeconfig with the official client, which also runs exec plugins and renews OIDC tokens. The client is loaded
 * here and nowhere else, because it costs a quarter of a second and tens of megabytes.
 */
export async function kubeconfigAccess(
  credentials: KubeconfigCredentials,
  now: () => number,
): Promise<ClusterAccess> {
  const first = await loadUser(credentials);
  let authenticated = first.authenticated;
  const read = async (fresh: boolean): Promise<AccessNow> => {
    // A new reader forgets what plugins answered, and sees a file that was written anew.
    if (fresh) authenticated = (await loadUser(credentials)).authenticated;
    return readAccess(authenticated, first.origin, first.user);
  };
  return {
    server: first.cluster.server,
    proxy: proxyOf(first.cluster, first.origin),
    origin: first.origin,
    ...rememberedAccess(read, now),
  };
}

interface LoadedUser {
  readonly cluster: Cluster;
  readonly user: User;
  /** A configuration with this cluster and user alone. */
  readonly authenticated: KubeConfig;
  readonly origin: string;
}

async function loadUser(credentials: KubeconfigCredentials): Promise<LoadedUser> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const file = credentials.path ?? defaultFile();
  const config = new KubeConfig();
  try {
    if (credentials.path === undefined) config.loadFromDefault();
    else config.loadFromFile(credentials.path);
  } catch (cause) {
    throw refuse(file, `it cannot be read: ${reasonOf(cause)}`, cause);
  }
  const context = credentials.context ?? config.getCurrentContext();
  const { cluster, user } = entriesOf(config, context, file);
  const authenticated = new KubeConfig();
  // An address without TLS is refused by the official client unless told that certificates do not matter.
  const skipTLSVerify = cluster.skipTLSVerify || cluster.server.startsWith('http:');
  authenticated.loadFromClusterAndUser({ ...cluster, skipTLSVerify }, withExecEnvironment(user, cluster));
  return { cluster, user, authenticated, origin: `context ${context} of ${file}` };
}

function entriesOf(config: KubeConfig, context: string, file: string): { cluster: Cluster; user: User } {
  const known = config.getContexts().map(({ name }) => name);
  const listed = known.length === 0 ? 'it holds no contexts' : `it holds ${known.join(', ')}`;
  if (!context) throw refuse(file, `no context is named and none is current; ${listed}`);
  const entry = config.getContextObject(context);
  if (entry === null) throw refuse(file, `there is no context ${context}; ${listed}`);
  const cluster = config.getCluster(entry.cluster);
  if (cluster === null)
    throw refuse(file, `context ${context} names the cluster ${entry.cluster}, which is not in it`);
  const user = config.getUser(entry.user);
  if (user === null)
    throw refuse(file, `context ${context} names the user ${entry.user}, which is not in it`);
  return { cluster, user };
}

function proxyOf(cluster: Cluster, origin: string): string | undefined {
  const proxy = cluster.proxyUrl;
  if (!proxy || /^https?:/.test(proxy)) return proxy || undefined;
  throw new SluiceError(
    'unsupported',
    `${origin} reaches its cluster through ${proxy}: Sluice speaks through http and https proxies only; put one before it or take proxy-url out`,
    { next: 'ask-human' },
  );
}

async function readAccess(config: KubeConfig, origin: string, user: User): Promise<AccessNow> {
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  try {
    await withinPluginTime(config.applyToHTTPSOptions(options), user);
  } catch (thrown) {
    if (thrown instanceof SluiceError) throw thrown;
    const plugin = pluginOf(user);
    const what =
      plugin === undefined ? 'its credentials cannot be read' : `its credential plugin ${plugin} failed`;
    throw new SluiceError('unsupported', `${origin}: ${what}: ${reasonOf(thrown)}`, {
      next: 'ask-human',
      cause: thrown,
    });
  }
  const given = Object.entries(options.headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  const basic =
    typeof options.auth === 'string' ? `Basic ${Buffer.from(options.auth).toString('base64')}` : undefined;
  return {
    headers: { ...(basic === undefined ? {} : { authorization: basic }), ...Object.fromEntries(given) },
    tls: tlsOf(options),
  };
}

function tlsOf(options: Parameters<KubeConfig['applyToHTTPSOptions']>[0]): TlsSettings {
  const { ca, cert, key, rejectUnauthorized } = options;
  const servername = 'servername' in options ? options.servername : undefined;
  return {
    ...(isBytes(ca) ? { ca } : {}),
    ...(isBytes(cert) ? { cert } : {}),
    ...(isBytes(key) ? { key } : {}),
    ...(typeof servername === 'string' ? { servername } : {}),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function isBytes(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function withinPluginTime(reading: Promise<void>, user: User): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const who = pluginOf(user) ?? 'the provider of tokens';
      const message = `${who} gave no credentials within ${pluginTimeoutMs / 1000} s: run it by hand and see what it waits for`;
      reject(new SluiceError('timed-out', message, { next: 'retry' }));
    }, pluginTimeoutMs);
  });
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

function pluginOf(user: User): string | undefined {
  const exec: unknown = user.exec;
  return typeof exec === 'object' && exec !== null && 'command' in exec ? String(exec.command) : undefined;
}

function defaultFile(): string {
  return process.env['KUBECONFIG'] ?? '~/.kube/config';
}

function reasonOf(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const reason = said.replaceAll(/\s+/g, ' ').trim();
  if (/^spawn .* ENOENT$/.test(reason))
    return `${reason}: it is not installed, or not on the PATH of this process`;
  if (thrown instanceof SyntaxError) return `${reason}: it must answer with an ExecCredential in JSON`;
  return reason === '' ? 'it ended with an error and said nothing' : reason;
}

function refuse(file: string, problem: string, cause?: unknown): SluiceError {
  return new SluiceError('invalid-input', `kubeconfig ${file}: ${problem}`, { next: 'ask-human', cause });
}
