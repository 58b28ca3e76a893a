import type { LookupFunction } from 'node:net';
import type { NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { ComponentVariables } from '../component-variables.ts';

/** Where something outside is, with everything its address told. User and password must never be printed. */
export interface NeedAddress {
  /** Absolute path of a folder with a unix socket, for PostgreSQL; else a name or an IP address. */
  readonly host: string;
  readonly port: number;
  /** In lower case, without the colon; null when the address is plain `host:port`. */
  readonly scheme: string | null;
  readonly user: string | null;
  readonly password: string | null;
  /** Path and query as they stood, starting with `/` or empty. */
  readonly path: string;
  readonly parameters: URLSearchParams;
  /** The address as it may be shown. */
  readonly shown: string;
  /** How the host becomes an address; as the system says where it is left out. */
  readonly lookup?: LookupFunction;
}

const USUAL_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  rediss: 6379,
};
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Reads an address, looking up the variable or secret that it may name. */
export function needAddress(need: NeedSpec, variables: ComponentVariables): Result<NeedAddress> {
  const { address } = need;
  const held = variables.secrets[address] ?? variables.env[address];
  if (held !== undefined) return parse(held.trim(), need.kind, `the value of ${address}`);
  const reason = variables.missing[address];
  if (reason !== undefined)
    return refuse('secret-missing', `the secret ${address} has no value: ${reason}`, 'Provide its value.');
  if (VARIABLE_NAME.test(address) && address !== 'localhost')
    return refuse(
      'address-unknown',
      `${address} is neither an address nor a variable or secret of the component`,
      'Declare it under env or secrets, or write host:port or a URL.',
    );
  // A text with an @ may hold a password, however badly it is written.
  return parse(address.trim(), need.kind, address.includes('@') ? 'the address' : JSON.stringify(address));
}

/** @param named how the address may be called in a message: its text may hold a password */
function parse(text: string, kind: NeedSpec['kind'], named: string): Result<NeedAddress> {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = urlOf(hasScheme ? text : `${kind}://${text}`);
  if (url === undefined) return notUnderstood(named);
  const written = url.protocol.slice(0, -1).toLowerCase();
  const socketFolder = kind === 'postgres' ? url.searchParams.get('host') : null;
  const host = socketFolder ?? decoded(url.hostname).replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.searchParams.get('port') ?? USUAL_PORTS[written] ?? 0));
  if (host === '' || host === NO_HOST || !Number.isInteger(port)) return notUnderstood(named);
  if (port < 1 || port > 65_535)
    return refuse('port-missing', `${named} names no port`, 'Write host:port, or a URL with a port.');
  return ok({
    host,
    port,
    scheme: hasScheme ? written : null,
    user: url.username === '' ? null : decoded(url.username),
    password: url.password === '' ? null : decoded(url.password),
    path: `${url.pathname}${url.search}`,
    parameters: url.searchParams,
    shown: host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`,
  });
}

/** Stands where a PostgreSQL address has a user but no host, which the URL standard does not allow. */
const NO_HOST = 'no-host.invalid';

function urlOf(text: string): URL | undefined {
  const standard = text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?]|$)/i, `$1${NO_HOST}`);
  // A plain `http:` URL drops its usual port, and then it is found among the usual ones.
  return URL.canParse(standard) ? new URL(standard) : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const notUnderstood = (named: string): Result<never> =>
  refuse('address-not-understood', `${named} is neither host:port nor a URL`, 'Write host:port or a URL.');
