/**
 * Purpose: reads secrets of Vault's KV version 2 over its HTTP API, and of whatever speaks it.
 *
 * 1. The token comes from the environment or from a file, which is read anew for each question, as agents renew it. 2. What
 * was read is remembered for a moment, so that many processes of one release are one question. 3. Neither values nor tokens
 * stand in anything that is said.
 */
import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { z } from 'zod';

/** What asking Vault needs. */
export interface VaultPorts {
  /** `VAULT_ADDR`, `VAULT_TOKEN` or `VAULT_TOKEN_FILE`, and `VAULT_NAMESPACE`, as Vault's own client has them. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly fetch: typeof globalThis.fetch;
  readonly elapsedMs: () => number;
}

/**
 * Reads a key of a secret: `secret/shop` and `url`.
 * @throws SluiceError why there is no value; never a value or a token
 */
export type ReadVault = (path: string, key: string) => Promise<string>;

/** Vault answers at once, or something is wrong. */
const ANSWER_WITHIN_MS = 5_000;
/** A new value is seen after this at the latest. */
const REMEMBERED_MS = 5_000;
const MOST_REMEMBERED = 500;
const LARGEST_ANSWER = 1_000_000;

const answerSchema = z.object({
  data: z.object({ data: z.record(z.string(), z.unknown()).nullable() }),
  lease_duration: z.number().optional(),
});
type Data = Readonly<Record<string, unknown>>;

/** Reads secrets of a Vault. */
export function vaultSecrets(ports: VaultPorts): ReadVault {
  const remembered = new Map<string, { readonly data: Promise<Data>; readonly until: number }>();
  const dataOf = (path: string): Promise<Data> => {
    const present = remembered.get(path);
    if (present && ports.elapsedMs() < present.until) return present.data;
    const data = ask(ports, path);
    data.catch(() => remembered.delete(path));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(path, { data, until: ports.elapsedMs() + REMEMBERED_MS });
    return data;
  };
  return async (path, key) => {
    const data = await dataOf(path);
    const value = Object.hasOwn(data, key) ? data[key] : undefined;
    if (typeof value === 'string') return value;
    const keys = Object.keys(data).join(', ');
    throw failed(
      'not-found',
      `Vault's ${path} has no text under ${key}; it has ${keys === '' ? 'nothing' : keys}`,
    );
  };
}

async function ask({ environment, fetch }: VaultPorts, path: string): Promise<Data> {
  const { VAULT_ADDR: address, VAULT_NAMESPACE: namespace } = environment;
  if (!address) throw failed('unsupported', 'the control plane knows no Vault; start it with VAULT_ADDR set');
  const [mount = '', ...rest] = path.split('/');
  // These would lead out of the mount, to whatever else the token may read.
  if ([mount, ...rest].some((part) => part === '' || part === '.' || part === '..'))
    throw failed('invalid-input', `${path} is no path of a secret; write for example secret/shop`);
  const url = `${address.replace(/\/+$/, '')}/v1/${[mount, 'data', ...rest].map(encodeURIComponent).join('/')}`;
  const headers = {
    'x-vault-token': await tokenOf(environment),
    'x-vault-request': 'true',
    ...(namespace ? { 'x-vault-namespace': namespace } : {}),
  };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  // A redirection would take the token elsewhere.
  const answer = await fetch(url, { headers, signal, redirect: 'manual' }).catch((thrown: unknown) => {
    throw failed('unreachable', `Vault does not answer: ${reasonOf(thrown)}`);
  });
  if (!answer.ok) throw refusal(answer.status, path);
  const parsed = answerSchema.safeParse(await jsonOf(answer));
  if (!parsed.success)
    throw failed('invalid-reply', `what Vault answers for ${path} is no secret of KV version 2`);
  if (parsed.data.data.data === null)
    throw failed('not-found', `the newest version of Vault's ${path} was deleted`);
  return parsed.data.data.data;
}

async function tokenOf({
  VAULT_TOKEN: token,
  VAULT_TOKEN_FILE: file,
}: VaultPorts['environment']): Promise<string> {
  if (token) return token;
  if (!file)
    throw failed(
      'unsupported',
      'the control plane has no token for Vault; set VAULT_TOKEN_FILE or VAULT_TOKEN for it',
    );
  return readFile(file, 'utf8').then(
    (text) => text.trim(),
    (thrown: NodeJS.ErrnoException) => {
      throw failed('not-found', `the file of Vault's token cannot be read (${thrown.code ?? 'unreadable'})`);
    },
  );
}

async function jsonOf(answer: Response): Promise<unknown> {
  const text = await answer.text().catch(() => '');
  if (text.length > LARGEST_ANSWER) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, path: string): SluiceError {
  if (status === 404) return failed('not-found', `Vault has no secret ${path}`);
  if (status === 403)
    return failed(
      'unsupported',
      `Vault does not let Sluice read ${path}: its token is not valid, or lacks \`read\` on it`,
    );
  if (status === 503 || status === 429)
    return failed('unreachable', `Vault answers ${status}: it is sealed, standing by or busy`);
  return failed('invalid-reply', `Vault answers ${status} for ${path}`);
}

const failed = (code: SluiceError['code'], message: string): SluiceError =>
  new SluiceError(code, message, { next: code === 'unreachable' ? 'retry' : 'ask-human' });

/** Of a failed request only the kind: its address may hold a password. */
const reasonOf = (thrown: unknown): string => {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
  return code ?? (thrown instanceof Error ? thrown.name : 'unknown');
};
