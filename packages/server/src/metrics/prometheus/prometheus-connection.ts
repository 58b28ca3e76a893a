import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { HeaderValue, MetricsSettings } from '@sluice/kubernetes/settings/metrics-settings.ts';
import type { OpenLines } from '../../outgoing/outgoing.ts';

/** Where a Prometheus is and how it is spoken to. */
export interface PrometheusConnection {
  /** Base address, also with a path or with `user:password@`. */
  readonly address: string;
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly tls: MetricsSettings['tls'];
  /** Longest wait for one answer, in ms. */
  readonly timeoutMs: number;
}

/** With what a Prometheus is spoken to. */
export interface PrometheusMeans {
  /** The connections that may be made. */
  readonly lines: OpenLines;
  /** The variables of the machine; null: it is somebody else's, so that neither these nor its files are read. */
  readonly environment: Readonly<Record<string, string | undefined>> | null;
  /** Reads what Sluice or Vault keeps. */
  readonly readKept: ReadKept;
}

/** Reads a secret that lies neither in files nor in the environment; rejects with a `SluiceError` that says why not. */
export type ReadKept = (reference: KeptHeader) => Promise<string>;

type KeptHeader = Extract<HeaderValue, { readonly secret: unknown }>['secret'];

/** Where to ask, with what the address says of who asks taken out of it. */
export interface PrometheusPlace {
  /** Without a slash at the end, and fit to be shown. */
  readonly base: string;
  /** Of `user:password@`, in the form of RFC 7617; null where the address has none. */
  readonly authorization: string | null;
}

/**
 * Takes an address apart.
 * @throws SluiceError `invalid-input` when it is no `http` or `https` address
 */
export function placeOf(address: string): PrometheusPlace {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new SluiceError(
      'invalid-input',
      `${address} is no address of a Prometheus; write it as http://host:9090.`,
      { next: 'ask-human' },
    );
  const { username, password } = url;
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  return {
    base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    authorization: username === '' && password === '' ? null : `Basic ${user}`,
  };
}

/**
 * Reads the headers anew, as tokens in files are renewed.
 * @throws SluiceError `not-found`, naming the header and the file or variable, never a value
 */
export async function readHeaders(
  headers: PrometheusConnection['headers'],
  means: Omit<PrometheusMeans, 'lines'>,
): Promise<Readonly<Record<string, string>>> {
  const read = Object.entries(headers).map(
    async ([name, value]) => [name, await headerOf(name, value, means)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

async function headerOf(
  name: string,
  value: HeaderValue,
  { environment, readKept }: Omit<PrometheusMeans, 'lines'>,
): Promise<string> {
  if ('value' in value) return value.value;
  if ('secret' in value) return keptHeader(name, () => readKept(value.secret));
  if (environment === null) throw ofOthers(`the header ${name} is kept on the machine of the control plane`);
  if ('file' in value) return (await readNeeded(`the header ${name}`, value.file)).trim();
  const found = environment[value.environment]?.trim();
  if (found !== undefined && found !== '') return found;
  throw new SluiceError(
    'not-found',
    `the header ${name} is kept in the environment variable ${value.environment}, which is not set`,
    { next: 'ask-human' },
  );
}

async function keptHeader(name: string, read: () => Promise<string>): Promise<string> {
  try {
    return (await read()).trim();
  } catch (cause) {
    const { message } = SluiceError.from(cause, 'reading it');
    throw new SluiceError('not-found', `the header ${name} has no value: ${message}`, {
      next: 'ask-human',
      cause,
    });
  }
}

const ofOthers = (what: string): SluiceError =>
  new SluiceError('not-found', `${what}, which is not one of this organisation`, { next: 'ask-human' });

/** What a TLS connection is made with; texts in PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
}

/**
 * Reads the files of a TLS connection anew, as certificates are renewed.
 * @throws SluiceError `not-found`, naming the file
 */
export async function readTlsMaterial(
  tls: NonNullable<MetricsSettings['tls']>,
  environment: PrometheusMeans['environment'],
): Promise<TlsMaterial> {
  if (environment === null && (tls.caFile ?? tls.certFile ?? tls.keyFile) !== null)
    throw ofOthers('its certificates lie on the machine of the control plane');
  const read = async (what: string, path: string | null): Promise<string | undefined> =>
    path === null ? undefined : await readNeeded(what, path);
  const ca = await read('the certificate of the authority', tls.caFile);
  const cert = await read('the client certificate', tls.certFile);
  const key = await read("the client certificate's key", tls.keyFile);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: !tls.insecure,
  };
}

async function readNeeded(what: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code = 'unknown trouble' } = thrown as NodeJS.ErrnoException;
    throw new SluiceError('not-found', `${what} cannot be read from ${path} (${code})`, {
      next: 'ask-human',
      cause: thrown,
    });
  }
}
