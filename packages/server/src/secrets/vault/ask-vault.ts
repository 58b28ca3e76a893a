/**
 * Purpose: asks Vault over its HTTP API, and whatever speaks it.
 *
 * 1. The token comes from the environment or from a file, which is read anew for each question, as agents renew it.
 * 2. Neither what is sent and answered nor the token stands in anything that is said.
 */
import { readFile } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** What asking Vault needs. */
export interface VaultPorts {
  /** `VAULT_ADDR`, `VAULT_TOKEN` or `VAULT_TOKEN_FILE`, and `VAULT_NAMESPACE`, as Vault's own client has them. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly fetch: typeof globalThis.fetch;
}

/** One question: its path below `/v1`, in parts that are none of `.` and `..`, and what is sent; without, it only reads. */
export interface VaultQuestion {
  readonly path: readonly string[];
  readonly body?: Readonly<Record<string, string>>;
}

/** What Vault answered; undefined stands for what is no JSON. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Vault answers at once, or something is wrong. */
const ANSWER_WITHIN_MS = 5_000;
const LARGEST_ANSWER = 1_000_000;

/**
 * Asks Vault once.
 * @throws SluiceError `unsupported` without an address or a token; `unreachable` when nobody answers
 */
export async function askVault(
  { environment, fetch }: VaultPorts,
  question: VaultQuestion,
): Promise<VaultAnswer> {
  const { VAULT_ADDR: address, VAULT_NAMESPACE: namespace } = environment;
  if (!address)
    throw vaultFailure('unsupported', 'the control plane knows no Vault; start it with VAULT_ADDR set');
  const url = `${address.replace(/\/+$/, '')}/v1/${question.path.map(encodeURIComponent).join('/')}`;
  const sent = question.body && { method: 'POST', body: JSON.stringify(question.body) };
  const headers = {
    'x-vault-token': await tokenOf(environment),
    'x-vault-request': 'true',
    ...(sent ? { 'content-type': 'application/json' } : {}),
    ...(namespace ? { 'x-vault-namespace': namespace } : {}),
  };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  // A redirection would take the token elsewhere.
  const answer = await fetch(url, { ...sent, headers, signal, redirect: 'manual' }).catch(
    (thrown: unknown) => {
      throw vaultFailure('unreachable', `Vault does not answer: ${reasonOf(thrown)}`);
    },
  );
  return { status: answer.status, body: await jsonOf(answer) };
}

/** What an answer means that is no success; `what` says what was asked for, `need` which right it takes. */
export function vaultRefusal(status: number, what: string, need: string): SluiceError {
  if (status === 403)
    return vaultFailure(
      'unsupported',
      `Vault does not let Sluice use ${what}: its token is not valid, or lacks ${need}`,
    );
  if (status === 503 || status === 429)
    return vaultFailure('unreachable', `Vault answers ${status}: it is sealed, standing by or busy`);
  return vaultFailure('invalid-reply', `Vault answers ${status} for ${what}`);
}

/** A failure of Vault, which passes by itself or is for people. */
export const vaultFailure = (code: SluiceError['code'], message: string): SluiceError =>
  new SluiceError(code, message, { next: code === 'unreachable' ? 'retry' : 'ask-human' });

async function tokenOf({
  VAULT_TOKEN: token,
  VAULT_TOKEN_FILE: file,
}: VaultPorts['environment']): Promise<string> {
  if (token) return token;
  if (!file)
    throw vaultFailure(
      'unsupported',
      'the control plane has no token for Vault; set VAULT_TOKEN_FILE or VAULT_TOKEN for it',
    );
  return readFile(file, 'utf8').then(
    (text) => text.trim(),
    (thrown: NodeJS.ErrnoException) => {
      throw vaultFailure(
        'not-found',
        `the file of Vault's token cannot be read (${thrown.code ?? 'unreadable'})`,
      );
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

/** Of a failed request only the kind: its address may hold a password. */
const reasonOf = (thrown: unknown): string => {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
  return code ?? (thrown instanceof Error ? thrown.name : 'unknown');
};
