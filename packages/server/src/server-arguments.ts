import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isPermission, type Permission } from '@sluice/core/access/permissions.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type OidcSettings, oidcSettingsIn } from './access/oidc-settings.ts';
import { DATABASE_VARIABLE } from '@sluice/protocol/process/database-use.ts';
import { parseProxies, type TrustedProxies } from './limits/address-of.ts';
import { DEFAULT_REQUEST_LIMITS, parseLimits, type RequestLimits } from './limits/request-limits.ts';
import { type OutgoingRule, parseOutgoingRules } from './outgoing/outgoing-rules.ts';
import { type TlsOption, type TlsSettings, tlsSettingsIn } from './tls/tls-settings.ts';

/** How a control plane is told to run. */
export interface ServerArguments {
  /** Where its state lies. */
  readonly directory: string;
  /** Port of the API on loopback; 0 takes a free one. */
  readonly apiPort: number;
  /** Where the host of this machine keeps its state; its socket is named there. Null: it serves clusters alone. */
  readonly hostDirectory: string | null;
  /** PostgreSQL; without it an embedded one is started in `directory`. */
  readonly databaseUrl: string | undefined;
  readonly activeMs: number;
  /** By which identity provider people sign in; null for none. */
  readonly oidc: OidcSettings | null;
  /** What whoever shows no token may do. */
  readonly anonymous: readonly Permission[];
  /** What of private networks may be called, and by which organisation. */
  readonly allowOutgoing: readonly OutgoingRule[];
  /** Where the dashboard stands for its readers, without a slash at the end; null when nobody has said. */
  readonly publicUrl: string | null;
  /** How it speaks TLS; null when it does not, and is reached from this machine alone. */
  readonly tls: TlsSettings | null;
  /** How much it answers. */
  readonly limits: RequestLimits;
  /** Whose word it takes for where a request comes from. */
  readonly trustedProxies: TrustedProxies;
  /** Where it logs to, and keeps to three files of 10 MiB; without it, stdout. */
  readonly logFile: string | undefined;
}

/** What `--help` prints. */
export const SERVER_USAGE = `Usage: server --directory DIR [--api-port PORT] [--host-directory DIR] [--database-url URL]
              [--log-file FILE] [--anonymous LIST] [--allow-outgoing LIST] [--public-url URL]
              [--rate-limit LIST] [--in-flight LIST] [--trust-proxy LIST]
              [--tls-cert FILE --tls-key FILE [--listen ADDRESS:PORT] [--tls-client-ca FILE]]

Runs the control plane: the API, the loop that moves releases, and the store.

  --directory DIR        where it keeps its state; made when absent
  --api-port PORT        port of the API on 127.0.0.1 (default 7070; 0: any free port, see DIR/server.json)
  --host-directory DIR   the directory of the host on this machine (default DIR/host); none: it serves clusters alone
  --database-url URL     PostgreSQL to use (default: DATABASE_URL, else an embedded one in DIR/postgres)
                         A command line can be read by every user of the machine: prefer the variable
  --log-file FILE        where to log, at most three files of 10 MiB (default: stdout)
  --anonymous LIST       what whoever shows no token may do: permissions with commas between them, or none
                         (default: metrics:read)
  --allow-outgoing LIST  what may be called beside the public internet, for channels, metrics, measurements, hooks and tools:
                         10.0.0.0/8,127.0.0.1:9090. It opens nothing to other organisations; acme=10.7.0.0/16 does,
                         to one of them (default: SLUICE_ALLOW_OUTGOING, else nothing)
  --public-url URL       where people open the dashboard: for links in what they are told, and for signing in through a
                         proxy that speaks TLS (default: SLUICE_PUBLIC_URL)
  --rate-limit LIST      requests a second of a caller, and after a slash of an organisation: reads=1000/4000,
                         changes=500/2000,work=5000/20000; of an address: sign-ins=5,guesses=2 (as it is without).
                         Ten times as many may come at once. reads=none lifts one limit, none lifts all
                         (default: SLUICE_RATE_LIMIT)
  --in-flight LIST       requests that are answered at the same time, in the same form: requests=250/1000,
                         work=2000/8000,streams=25/100 (default: SLUICE_IN_FLIGHT)
  --trust-proxy LIST     proxies whose X-Forwarded-For says where requests come from: 127.0.0.1,10.0.0.0/8
                         (default: SLUICE_TRUST_PROXY, else none)
  --tls-cert FILE        PEM of a certificate, and of those up to its authority: TLS is spoken with it. It is read again when
                         it changes (default: SLUICE_TLS_CERT, else TLS is not spoken)
  --tls-key FILE         PEM of its private key (default: SLUICE_TLS_KEY)
  --listen ADDRESS:PORT  where TLS is spoken, besides the API port on 127.0.0.1: 0.0.0.0:7443, [::]:443
                         (default: SLUICE_LISTEN, else 127.0.0.1:7443)
  --tls-client-ca FILE   PEM of authorities of yours, whose certificates say who a worker is: by a name
                         sluice://ORGANISATION/worker/APPLICATION/ENVIRONMENT/COMPONENT (default: SLUICE_TLS_CLIENT_CA)
  --look-every MS        how often a release under way is looked at, in milliseconds (default 1000)

People sign in by an identity provider that speaks OpenID Connect when SLUICE_OIDC_ISSUER and SLUICE_OIDC_CLIENT_ID
are set; docs/guides/access.md lists all variables.

SIGTERM ends it in order; hosts, processes and the embedded database go on.
Exit codes: 0 ended in order, 1 failed, 2 wrong arguments, 3 another control plane uses the directory.

Example: server --directory /var/lib/sluice --api-port 7070
`;

/** Reads the command line; a refusal says what is wrong with it. */
export function parseServerArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<ServerArguments> {
  const values = readOptions(args);
  if (!values.ok) return values;
  const { directory, 'api-port': port = '7070', 'look-every': every = '1000' } = values.value;
  const logFile = values.value['log-file'];
  if (!directory) return wrong('--directory is missing');
  if (!isWhole(port, 0, 65_535)) return wrong('--api-port needs a number from 0 to 65535');
  if (!isWhole(every, 100, 60_000)) return wrong('--look-every needs milliseconds from 100 to 60000');
  const anonymous = permissionsIn(values.value.anonymous ?? ANONYMOUS_DEFAULT);
  if (!anonymous.ok) return anonymous;
  const outgoing = outgoingOf(values.value, environment);
  if (!outgoing.ok) return outgoing;
  const bounds = boundsOf(values.value, environment);
  if (!bounds.ok) return bounds;
  const tls = tlsSettingsIn(values.value, environment);
  if (!tls.ok) return tls;
  const oidc = oidcSettingsIn(environment);
  if (!oidc.ok) return oidc;
  return ok({
    directory: resolve(directory),
    apiPort: Number(port),
    hostDirectory: hostDirectoryOf(values.value['host-directory'], directory),
    databaseUrl: values.value['database-url'] ?? databaseOf(environment),
    activeMs: Number(every),
    anonymous: anonymous.value,
    ...outgoing.value,
    ...bounds.value,
    tls: tls.value,
    oidc: oidc.value,
    logFile: logFile === undefined ? undefined : resolve(logFile),
  });
}

/** On loopback: Prometheus and autoscalers scrape without a token. */
const ANONYMOUS_DEFAULT = 'metrics:read';

function permissionsIn(list: string): Result<readonly Permission[]> {
  const names = list === 'none' ? [] : list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !isPermission(name));
  return unknown === undefined
    ? ok(names.filter(isPermission))
    : wrong(`--anonymous names "${unknown}", which is no permission`);
}

/** Where channels may go, and what they may link to. */
function outgoingOf(
  values: Readonly<Partial<Record<OptionName, string>>>,
  environment: Readonly<Record<string, string | undefined>>,
): Result<Pick<ServerArguments, 'allowOutgoing' | 'publicUrl'>> {
  const rules = parseOutgoingRules(values['allow-outgoing'] ?? environment['SLUICE_ALLOW_OUTGOING'] ?? '');
  if (!rules.ok) return wrong(`--allow-outgoing: ${rules.refusal.message}`);
  const publicUrl = (values['public-url'] ?? environment['SLUICE_PUBLIC_URL']) || null;
  if (publicUrl !== null && !(URL.canParse(publicUrl) && /^https?:\/\//i.test(publicUrl)))
    return wrong('--public-url needs an address that begins with https:// or http://');
  return ok({ allowOutgoing: rules.value, publicUrl: publicUrl?.replace(/\/+$/, '') ?? null });
}

/** How much it answers, and by whose word it knows to whom. */
function boundsOf(
  values: Readonly<Partial<Record<OptionName, string>>>,
  environment: Readonly<Record<string, string | undefined>>,
): Result<Pick<ServerArguments, 'limits' | 'trustedProxies'>> {
  const rate = (values['rate-limit'] ?? environment['SLUICE_RATE_LIMIT']) || undefined;
  const flight = (values['in-flight'] ?? environment['SLUICE_IN_FLIGHT']) || undefined;
  const proxies = values['trust-proxy'] ?? environment['SLUICE_TRUST_PROXY'] ?? '';
  const { rates: usual, inFlight: usually } = DEFAULT_REQUEST_LIMITS;
  const rates = rate === undefined ? ok(usual) : parseLimits(rate, usual);
  if (!rates.ok) return wrong(`--rate-limit: ${rates.refusal.message}`);
  const inFlight = flight === undefined ? ok(usually) : parseLimits(flight, usually);
  if (!inFlight.ok) return wrong(`--in-flight: ${inFlight.refusal.message}`);
  const trusted = parseProxies(proxies);
  if (!trusted.ok) return wrong(`--trust-proxy: ${trusted.refusal.message}`);
  return ok({ limits: { rates: rates.value, inFlight: inFlight.value }, trustedProxies: trusted.value });
}

/** A variable that is set to nothing is not set; but `sluice up` says by it that the embedded one is meant. */
const databaseOf = (environment: Readonly<Record<string, string | undefined>>): string | undefined =>
  (environment[DATABASE_VARIABLE] ?? environment['DATABASE_URL']) || undefined;

/** Forgets the URL that `sluice up` gave: it holds a password, and nothing that this process starts has to do with it. */
export function forgetDatabase(environment: NodeJS.ProcessEnv): void {
  delete environment[DATABASE_VARIABLE];
}

const hostDirectoryOf = (given: string | undefined, directory: string): string | null =>
  given === 'none' ? null : resolve(given ?? resolve(directory, 'host'));

type OptionName =
  | 'directory'
  | 'api-port'
  | 'host-directory'
  | 'database-url'
  | 'look-every'
  | 'log-file'
  | 'anonymous'
  | 'allow-outgoing'
  | 'public-url'
  | 'rate-limit'
  | 'in-flight'
  | 'trust-proxy'
  | TlsOption;

function readOptions(args: readonly string[]): Result<Readonly<Partial<Record<OptionName, string>>>> {
  const text = { type: 'string' } as const;
  const options = {
    directory: text,
    'api-port': text,
    'host-directory': text,
    'database-url': text,
    'look-every': text,
    'log-file': text,
    anonymous: text,
    'allow-outgoing': text,
    'public-url': text,
    'rate-limit': text,
    'in-flight': text,
    'trust-proxy': text,
    'tls-cert': text,
    'tls-key': text,
    'tls-client-ca': text,
    listen: text,
  };
  try {
    return ok(parseArgs({ args: [...args], options }).values);
  } catch (thrown) {
    return wrong(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const isWhole = (text: string, least: number, most: number): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most;

const wrong = (fault: string): Result<never> =>
  refuse('bad-arguments', `The server cannot start: ${fault}.`, 'See --help for what it takes.');
