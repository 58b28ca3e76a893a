/**
 * Purpose: an authority of the control plane's own, which vouches for workers elsewhere.
 *
 * One for all servers of a store. 1. Its private key lies there sealed with the key of secrets, and is opened when a certificate
 * is to be signed: a server that lacks that key goes on knowing workers by their certificates. 2. The next one is made a year
 * before it ends, by a server that can open it, so that no server seals it with a key that the others lack. 3. The next signs
 * when every server knows it, and the one before is believed until what it has signed has ended.
 */
import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { openSealed, sealValue, SEALING_KEY_BYTES } from '@sluice/protocol/process/sealed-value.ts';
import type { Logger } from 'pino';
import type { KeyEncryption } from '../../secrets/key-encryption.ts';
import {
  keepAuthority,
  listAuthorities,
  rewrapKeptAuthority,
  type SealedAuthority,
} from '../../store/access/worker-authority.ts';
import type { Database } from '../../store/database/open-database.ts';
import { AUTHORITY_MS, authoritiesAt, type Lifetime } from './authorities-at.ts';
import { type CertifiedWorker, urisOf } from './worker-uris.ts';

/** Vouches for workers. */
export interface WorkerAuthority {
  /** PEM of those whose certificates let workers in. */
  readonly trusted: () => readonly string[];
  /** Hears when others are trusted than before. */
  readonly onChange: (heard: () => void) => void;
  /** Looks what other servers have made, and makes the next one when it is due. */
  readonly look: () => Promise<void>;
  /**
   * A certificate of a worker for its key; PEM.
   * @throws SluiceError when the key of secrets does not open the authority
   */
  readonly issue: (worker: CertifiedWorker, publicKey: KeyObject, times: Lifetime) => Promise<string>;
}

/** What the authority works with. */
export interface AuthorityParts {
  readonly db: Database;
  readonly keys: KeyEncryption;
  readonly log: Logger;
  readonly now: () => Instant;
}

const NAME = 'Sluice workers';
/** What the key is sealed for, so that it opens as nothing else. */
const PLACE = 'worker-authority';
/** Clocks of workers may be late by so much, in ms. */
const LATE_MS = 5 * 60_000;

/** Opens the authority, and makes it before that when there is none. */
export async function openWorkerAuthority(parts: AuthorityParts): Promise<WorkerAuthority> {
  const { db, keys, now } = parts;
  const listeners: (() => void)[] = [];
  let trusted: readonly string[] = [];
  let said = '';
  const look = async (): Promise<void> => {
    const found = await kept(db);
    const before = authoritiesAt(found, now());
    const fault = before.isNextDue ? await makeNext(parts, found, before.signing) : '';
    if (fault !== '' && fault !== said) parts.log.error({ reason: fault }, NOT_RENEWED);
    said = fault;
    const after = before.isNextDue ? authoritiesAt(await kept(db), now()) : before;
    const certificates = after.trusted.map(({ certificate }) => certificate);
    if (certificates.join('') === trusted.join('')) return;
    trusted = certificates;
    for (const heard of listeners) heard();
  };
  await look();
  return {
    trusted: () => trusted,
    onChange: (heard) => void listeners.push(heard),
    look,
    issue: async (worker, publicKey, { from, until }) => {
      const { signing } = authoritiesAt(await kept(db), now());
      if (signing === null) throw nothingSigns();
      // It is loaded by whoever gives certificates: that takes a while, and most control planes give none.
      const { issueCertificate } = await import('../../tls/issue-certificate.ts');
      return issueCertificate({
        ...{ publicKey, name: worker.track.slice(0, 64), use: 'client', uris: urisOf(worker) },
        ...{ from: from - LATE_MS, until, issuer: { name: NAME, key: await opened(signing, keys) } },
      });
    },
  };
}

const NOT_RENEWED =
  'the next authority of workers was not made: the one that there is gives certificates until it ends';

type KeptAuthority = SealedAuthority & Lifetime;

/** Read each time: the key of secrets may have been renewed since, and another server may have made the next one. */
async function kept(db: Database): Promise<readonly KeptAuthority[]> {
  return (await listAuthorities(db)).map((authority) => {
    const { validFromDate, validToDate } = new X509Certificate(authority.certificate);
    return { ...authority, from: validFromDate.getTime(), until: validToDate.getTime() };
  });
}

/**
 * Makes the first one, or the one that follows; says why it could not do the latter.
 * @throws SluiceError when there is none that gives certificates, and none can be made
 */
async function makeNext(
  { db, keys, log, now }: AuthorityParts,
  present: readonly KeptAuthority[],
  signing: KeptAuthority | null,
): Promise<string> {
  try {
    if (signing) await opened(signing, keys);
    const generation = 1 + (present.at(-1)?.generation ?? 0);
    const made = await newAuthority(keys, now());
    if (await keepAuthority(db, { ...made, generation }, now()))
      log.info({ generation }, 'an authority of workers was made');
    return '';
  } catch (thrown) {
    if (signing === null) throw thrown;
    return SluiceError.from(thrown, 'making the next authority of workers').message;
  }
}

async function newAuthority(keys: KeyEncryption, at: Instant): Promise<Omit<SealedAuthority, 'generation'>> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: NAME, key: privateKey };
  const times = { from: at - LATE_MS, until: at + AUTHORITY_MS };
  const { issueCertificate } = await import('../../tls/issue-certificate.ts');
  const certificate = issueCertificate({ ...{ publicKey, name: NAME, issuer, use: 'authority' }, ...times });
  const dataKey = randomBytes(SEALING_KEY_BYTES);
  const sealed = sealValue(dataKey, PLACE, privateKey.export({ type: 'pkcs8', format: 'der' }));
  return { certificate, sealed, ...(await keys.wrap(dataKey, PLACE)) };
}

/**
 * Wraps the data keys of authorities with the newest key, so that an earlier one can be taken away; counts what was wrapped anew.
 * @throws SluiceError when the key of secrets does not open an authority
 */
export async function rewrapAuthority(db: Database, keys: KeyEncryption, keyId: string): Promise<number> {
  let done = 0;
  for (const before of await listAuthorities(db)) {
    if (before.keyId === keyId) continue;
    const after = await keys.wrap(await keys.unwrap(before, PLACE), PLACE);
    if (await rewrapKeptAuthority(db, before, after)) done += 1;
  }
  return done;
}

const nothingSigns = (): SluiceError =>
  new SluiceError('unexpected', 'No authority of workers is valid now: certificates cannot be given.', {
    next: 'retry',
  });

async function opened(sealed: SealedAuthority, keys: KeyEncryption): Promise<KeyObject> {
  const dataKey = await keys.unwrap(sealed, PLACE);
  const key = openSealed(Buffer.from(dataKey), PLACE, sealed.sealed);
  if (!key)
    throw new SluiceError(
      'invalid-input',
      'The key that vouches for workers does not open: it was altered.',
      {
        next: 'ask-human',
      },
    );
  return createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' });
}
