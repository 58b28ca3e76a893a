/**
 * Purpose: the certificate of the API, read again when its files change.
 *
 * 1. What is in use is always whole: a certificate and the key that belongs to it. 2. Files that cannot be used are said once,
 * and change nothing. 3. They are looked at by their content, so that it does not matter how they were replaced.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Logger } from 'pino';
import type { TlsSettings } from './tls-settings.ts';

/** What TLS is spoken with. */
export interface Certificate {
  /** PEM of the certificate, and of those up to its authority. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
  readonly expiresAt: Instant;
  /** PEM of authorities whose certificates say who a worker is; null for none. */
  readonly clientAuthorities: string | null;
}

/** The certificate as it is now. */
export interface WatchedCertificate {
  readonly now: () => Certificate;
  /** When it expires, and whether the files hold something else that cannot be used. */
  readonly reading: () => { readonly expiresAt: Instant; readonly isRefused: boolean };
  /** Hears of each new one. */
  readonly onChange: (heard: (certificate: Certificate) => void) => void;
  /** Looks at the files now. */
  readonly look: () => Promise<void>;
}

type Files = Pick<TlsSettings, 'certificateFile' | 'keyFile' | 'clientAuthorityFile'>;

/** How often files are looked at, in ms. */
const LOOK_EVERY_MS = 5_000;

/**
 * Reads the certificate, and again until the signal is given.
 * @throws SluiceError `invalid-input` when its files cannot be used at the start
 */
export async function watchCertificate(
  files: Files,
  { log, now, signal }: { readonly log: Logger; readonly now: () => Instant; readonly signal: AbortSignal },
): Promise<WatchedCertificate> {
  const first = await read(files);
  let tried: Texts | string = first;
  let current = certificateIn(first, files);
  let isRefused = false;
  const listeners: ((certificate: Certificate) => void)[] = [];
  if (current.expiresAt <= now()) log.error({ file: files.certificateFile }, EXPIRED);
  const take = (texts: Texts): void => {
    const next = certificateIn(texts, files);
    if (next.expiresAt <= now()) throw unusable(`${files.certificateFile} has expired`);
    current = next;
    isRefused = false;
    for (const heard of listeners) heard(next);
    log.info({ expiresAt: new Date(next.expiresAt).toISOString() }, 'the certificate of the API was renewed');
  };
  const look = async (): Promise<void> => {
    const found = await read(files).catch((thrown: unknown) => failureOf(thrown));
    if (JSON.stringify(found) === JSON.stringify(tried)) return;
    tried = found;
    try {
      if (typeof found === 'string') throw unusable(found);
      take(found);
    } catch (thrown) {
      isRefused = true;
      log.error(
        { reason: failureOf(thrown) },
        'the new certificate of the API is not used: the one before stays',
      );
    }
  };
  void watch(look, signal);
  return {
    now: () => current,
    reading: () => ({ expiresAt: current.expiresAt, isRefused }),
    onChange: (heard) => void listeners.push(heard),
    look,
  };
}

const EXPIRED = 'the certificate of the API has expired: clients will refuse it until its files are replaced';

/** What the files hold. */
interface Texts {
  readonly chain: string;
  readonly key: string;
  readonly clientAuthorities: string | null;
}

async function watch(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await look();
  }
}

async function read({ certificateFile, keyFile, clientAuthorityFile }: Files): Promise<Texts> {
  const text = (path: string): Promise<string> =>
    readFile(path, 'utf8').catch((thrown: unknown) => {
      throw unusable(`${path} cannot be read (${Object(thrown).code ?? String(thrown)})`);
    });
  const clientAuthorities = clientAuthorityFile === null ? null : await text(clientAuthorityFile);
  return { chain: await text(certificateFile), key: await text(keyFile), clientAuthorities };
}

function certificateIn(
  { chain, key, clientAuthorities }: Texts,
  { certificateFile, keyFile, clientAuthorityFile }: Files,
): Certificate {
  const certificate = parsed(
    () => new X509Certificate(chain),
    `${certificateFile} holds no certificate in PEM`,
  );
  const secret = parsed(
    () => createPrivateKey(key),
    `${keyFile} holds no private key in PEM, or one with a password`,
  );
  if (!certificate.checkPrivateKey(secret))
    throw unusable(`the key in ${keyFile} does not belong to the certificate in ${certificateFile}`);
  if (clientAuthorities !== null)
    parsed(
      () => new X509Certificate(clientAuthorities),
      `${clientAuthorityFile} holds no certificate in PEM`,
    );
  return { chain, key, clientAuthorities, expiresAt: certificate.validToDate.getTime() };
}

function parsed<Value>(parse: () => Value, fault: string): Value {
  try {
    return parse();
  } catch {
    throw unusable(fault);
  }
}

const failureOf = (thrown: unknown): string => SluiceError.from(thrown, 'reading the certificate').message;

const unusable = (what: string): SluiceError =>
  new SluiceError('invalid-input', `The API cannot speak TLS: ${what}. Correct the files.`, {
    next: 'ask-human',
  });
