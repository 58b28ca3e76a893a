/**
 * Purpose: an authority of the control plane's own, which vouches for workers elsewhere.
 *
 * One for all servers of a store. Its private key lies there sealed with the key of secrets, and is opened when a certificate is
 * to be signed: a server that lacks that key goes on knowing workers by their certificates.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { openSealed, sealValue, SEALING_KEY_BYTES } from '@sluice/protocol/process/sealed-value.ts';
import type { KeyEncryption } from '../../secrets/key-encryption.ts';
import {
  findAuthority,
  keepAuthority,
  rewrapKeptAuthority,
  type SealedAuthority,
} from '../../store/access/worker-authority.ts';
import type { Database } from '../../store/database/open-database.ts';
import { issueCertificate } from '../../tls/issue-certificate.ts';
import { type CertifiedWorker, urisOf } from './worker-uris.ts';

/** Vouches for workers. */
export interface WorkerAuthority {
  /** PEM. */
  readonly certificate: string;
  /**
   * A certificate of a worker for its key; PEM.
   * @throws SluiceError when the key of secrets does not open the authority
   */
  issue(worker: CertifiedWorker, publicKey: KeyObject, times: Validity): Promise<string>;
}

interface Validity {
  readonly from: Instant;
  readonly until: Instant;
}

const NAME = 'Sluice workers';
/** What the key is sealed for, so that it opens as nothing else. */
const PLACE = 'worker-authority';
const YEARS_MS = 10 * 365 * 86_400_000;
/** Clocks of workers may be late by so much, in ms. */
const LATE_MS = 5 * 60_000;

/** Opens the authority, and makes it before that when there is none. */
export async function openWorkerAuthority(
  db: Database,
  keys: KeyEncryption,
  now: () => Instant,
): Promise<WorkerAuthority> {
  if (!(await findAuthority(db))) await keepAuthority(db, await made(keys, now()), now());
  const { certificate } = await kept(db);
  return {
    certificate,
    issue: async (worker, publicKey, { from, until }) =>
      issueCertificate({
        ...{ publicKey, name: worker.track.slice(0, 64), use: 'client', uris: urisOf(worker) },
        ...{ from: from - LATE_MS, until, issuer: { name: NAME, key: await opened(await kept(db), keys) } },
      }),
  };
}

async function made(keys: KeyEncryption, at: Instant): Promise<SealedAuthority> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name: NAME, key: privateKey };
  const times = { from: at - LATE_MS, until: at + YEARS_MS };
  const certificate = issueCertificate({ ...{ publicKey, name: NAME, issuer, use: 'authority' }, ...times });
  const dataKey = randomBytes(SEALING_KEY_BYTES);
  const sealed = sealValue(dataKey, PLACE, privateKey.export({ type: 'pkcs8', format: 'der' }));
  return { certificate, sealed, ...(await keys.wrap(dataKey, PLACE)) };
}

/**
 * Wraps the authority's data key with the newest key, so that an earlier one can be taken away; counts what was wrapped anew.
 * @throws SluiceError when the key of secrets does not open the authority
 */
export async function rewrapAuthority(db: Database, keys: KeyEncryption, keyId: string): Promise<number> {
  const before = await findAuthority(db);
  if (!before || before.keyId === keyId) return 0;
  const after = await keys.wrap(await keys.unwrap(before, PLACE), PLACE);
  return (await rewrapKeptAuthority(db, before.wrapped, after)) ? 1 : 0;
}

/** Read each time: the key of secrets may have been renewed since. */
async function kept(db: Database): Promise<SealedAuthority> {
  const found = await findAuthority(db);
  if (found) return found;
  throw new SluiceError('unexpected', 'the authority of workers is gone', { next: 'retry' });
}

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
