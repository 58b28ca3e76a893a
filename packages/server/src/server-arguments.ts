import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isPermission, type Permission } from '@sluice/core/access/permissions.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type OidcSettings, oidcSettingsIn } from './access/oidc-settings.ts';
import { DATABASE_VARIABLE } from '@sluice/protocol/process/database-use.ts';
import { type OutgoingRule, parseOutgoingRules } from './outgoing/outgoing-rules.ts';

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
  /** What of private networks channels may be sent to. */
  readonly allowOutgoing: readonly OutgoingRule[];
  /** Where the dashboard stands for its readers, without a slash at the end; null when nobody has said. */
  readonly publicUrl: string | null;
  /** Where it logs to, and keeps to three files of 10 MiB; without it, stdout. */
  readonly logFile: string | undefined;
}

/** What `--help` prints. */
export const SERVER_USAGE = `Usage: server --directory DIR [--api-port PORT] [--host-directory DIR] [--database-url URL]
              [--log-file FILE] [--anonymous LIST] [--allow-outgoing LIST] [--public-url URL]

Runs the control plane: the API, the loop that moves releases, and the store.

  --directory DIR        where it keeps its state; made when absent
  --api-port PORT        port of the API on 127.0.0.1 (default 7070; 0: any free port, see DIR/server.json)
  --host-directory DIR   the directory of the host on this machine (default DIR/host); none: it serves clusters alone
  --database-url URL     PostgreSQL to use (default: DATABASE_URL, else an embedded one in DIR/postgres)
                         A command line can be read by every user of the machine: prefer the variable
  --log-file FILE        where to log, at most three files of 10 MiB (default: stdout)
  --anonymous LIST       what whoever shows no token may do: permissions with commas between them, or none
                         (default: metrics:read,agents:work)
  --allow-outgoing LIST  what channels may be sent to beside the public internet: 10.0.0.0/8,127.0.0.1:9000
                         (default: SLUICE_ALLOW_OUTGOING, else nothing)
  --public-url URL       where people open the dashboard: for links in what they are told, and for signing in through a
                         proxy that speaks TLS (default: SLUICE_PUBLIC_URL)
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
    oidc: oidc.value,
    logFile: logFile === undefined ? undefined : resolve(logFile),
  });
}

/** On loopback: Prometheus and autoscalers scrape, and the workers of this machine's agents come, without a token. */
const ANONYMOUS_DEFAULT = 'metrics:read,agents:work';

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
  | 'public-url';

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
