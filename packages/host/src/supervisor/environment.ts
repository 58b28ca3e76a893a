import { readFile } from 'node:fs/promises';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { readSealed } from '@sluice/protocol/process/sealed-folder.ts';
import { TOKEN_FILE_VARIABLE } from '@sluice/protocol/process/worker-token-file.ts';
import { MARK_VARIABLE } from './process-mark.ts';

/** Variables of the host that its processes inherit; everything else, such as the host's own secrets, stays here. */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
];
/** A secret larger than this is a mistake, for example a wrong path; in bytes. */
const SECRET_LIMIT_BYTES = 64 * 1024;

/** Environment variables by name; the values may be secret. */
export type Variables = Readonly<Record<string, string>>;

/** What one start of an instance is told about itself. */
export interface StartVariables {
  readonly port: number;
  readonly track: string;
  readonly revision: string;
  readonly version: string;
  readonly instance: number;
  readonly mark: string;
  /** Where its workers ask for tasks; undefined for a service. */
  readonly workerUrl: string | undefined;
  /** Where they read what lets them in; undefined where they need nothing. */
  readonly tokenFile: string | undefined;
}

/** Names that the host sets itself; an order that sets one is refused rather than overruled in silence. */
export const isReservedName = (name: string): boolean => name === 'PORT' || name.startsWith('SLUICE_');

/** The complete environment of a process, from least to most binding. The result holds secrets: never print it. */
export function processVariables(
  host: Readonly<NodeJS.ProcessEnv>,
  run: RevisionRun,
  secrets: Variables,
  start: StartVariables,
): Variables {
  const inherited = Object.entries(host).filter(
    ([name]) => INHERITED.includes(name) || name.startsWith('LC_'),
  );
  return {
    ...(Object.fromEntries(inherited) as Variables),
    HOST: '127.0.0.1',
    ...run.env,
    ...secrets,
    PORT: String(start.port),
    ...(start.workerUrl === undefined ? {} : { SLUICE_WORKER_URL: start.workerUrl }),
    ...(start.tokenFile === undefined ? {} : { [TOKEN_FILE_VARIABLE]: start.tokenFile }),
    SLUICE_TRACK: start.track,
    SLUICE_REVISION: start.revision,
    SLUICE_VERSION: start.version,
    SLUICE_INSTANCE: String(start.instance),
    [MARK_VARIABLE]: start.mark,
  };
}

/** Reads the values of a revision's secrets now; a refusal names the secret and where it was looked for. */
export async function resolveSecrets(
  secrets: RevisionRun['secrets'],
  host: Readonly<NodeJS.ProcessEnv>,
): Promise<Result<Variables>> {
  const values: [string, string][] = [];
  for (const [name, reference] of Object.entries(secrets)) {
    const value = await valueOf(name, reference, host);
    if (!value.ok) return value;
    values.push([name, value.value]);
  }
  return ok(Object.fromEntries(values));
}

async function valueOf(
  name: string,
  reference: RevisionRun['secrets'][string],
  host: Readonly<NodeJS.ProcessEnv>,
): Promise<Result<string>> {
  if (reference.from === 'environment') return fromHost(name, reference.name, host);
  return reference.from === 'file' ? fromFile(name, reference.path) : fromSealed(name, reference.path);
}

async function fromSealed(name: string, path: string): Promise<Result<string>> {
  const remedy = 'Release again, so that the control plane seals it anew.';
  const value = await readSealed(path).catch((thrown: NodeJS.ErrnoException) =>
    missing(name, `what was sealed for it cannot be read (${thrown.code ?? 'unreadable'})`, remedy),
  );
  if (value === null) return missing(name, 'what was sealed for it does not open', remedy);
  return typeof value === 'string' ? usable(name, value) : value;
}

function fromHost(name: string, variable: string, host: Readonly<NodeJS.ProcessEnv>): Result<string> {
  const value = host[variable];
  return value === undefined
    ? missing(
        name,
        `the host's environment has no variable ${variable}`,
        `Start the host with ${variable} set.`,
      )
    : usable(name, value);
}

async function fromFile(name: string, path: string): Promise<Result<string>> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > SECRET_LIMIT_BYTES)
      return missing(
        name,
        `${path} is larger than ${SECRET_LIMIT_BYTES} bytes`,
        'Name a file that holds only the value.',
      );
    return usable(name, text.replace(/\r?\n$/, ''));
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    return missing(
      name,
      `the file ${path} cannot be read (${code})`,
      `Create ${path}, readable for the host.`,
    );
  }
}

const usable = (name: string, value: string): Result<string> =>
  value.includes('\0')
    ? missing(name, 'its value holds a zero byte', 'Encode binary values, as base64 for example.')
    : ok(value);

const missing = (name: string, reason: string, remedy: string): Result<never> =>
  refuse('secret-missing', `The secret ${name} has no value: ${reason}.`, remedy);
