/**
 * Purpose: secrets that Sluice keeps itself, encrypted in PostgreSQL.
 *
 * Owns the table `secrets`. 1. Each value is sealed with a data key of its own (AES-256-GCM), bound to tenant, name and
 * version; the data key is wrapped by a key that is not in the database. 2. No answer of the API holds a value. 3. Who set,
 * removed or renewed what stands in the ledger, never a value or anything made of one.
 */
import { randomBytes } from 'node:crypto';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import { openSealed, sealValue, SEALING_KEY_BYTES } from '@sluice/protocol/process/sealed-value.ts';
import type { SecretView } from '@sluice/protocol/http/secrets.ts';
import type { Database } from '../store/database/open-database.ts';
import { pageOf } from '../store/paging/page-of.ts';
import {
  changeSecret,
  findSealed,
  listSecrets,
  listWrappedOtherwise,
  noteSecrets,
  rewrap,
  type SealedSecret,
  type SecretRow,
} from '../store/secrets/secrets.ts';
import type { KeyEncryption } from './key-encryption.ts';
import { keysUnusable, unknownSecret } from './secret-refusals.ts';
import type { SecretRegistry } from './secret-registry.ts';

/** Earlier versions whose values are kept. */
const KEPT_VERSIONS = 9;
/** Data keys that are wrapped anew before others are looked for. */
const REWRAP_AT_ONCE = 100;
/** Another server that seals with another key all the time would never let it end. */
const MOST_ROUNDS = 1_000;

/** What the registry needs beside the store. */
export interface StoredSecretsPorts {
  readonly keys: KeyEncryption;
  readonly now: () => Instant;
  /** Wraps with a key whatever else the tenant has under these keys; counts it. */
  readonly rewrapOthers?: (keyId: string) => Promise<number>;
}

/** The secrets of a tenant. */
export function storedSecrets(
  db: Database,
  tenant: string,
  { keys, now, rewrapOthers = async () => 0 }: StoredSecretsPorts,
): SecretRegistry {
  const change = (name: string, by: string, value: string | null) => {
    const at = now();
    const action = value === null ? 'secretRemoved' : 'secretSet';
    return changeSecret(db, tenant, {
      ...{ name, by, at, keep: KEPT_VERSIONS },
      seal: value === null ? null : (version) => seal(keys, { tenant, name, version }, value),
      entry: (version) => ({ at, actor: by, action, subject: name, detail: { version } }),
    });
  };
  return {
    page: (page) => {
      const after = page.cursor === null ? {} : { after: page.cursor };
      const read = (limit: number) => listSecrets(db, tenant, { ...after, limit });
      return pageOf(page.limit, read, { item: viewOf, cursor: ({ name }) => name });
    },
    set: async (name, { value, by }) => {
      try {
        const row = await change(name, by, value);
        return row ? ok(viewOf(row)) : unknownSecret(name);
      } catch (thrown) {
        return refusedByKeys(thrown);
      }
    },
    remove: async (name, by) => {
      const row = await change(name, by, null);
      return row ? ok(viewOf(row)) : unknownSecret(name);
    },
    rotateKey: async ({ renew, by }) => {
      try {
        const keyId = renew ? await keys.renew() : await keys.newest();
        const rewrapped = (await rewrapAll(db, tenant, { keys, keyId })) + (await rewrapOthers(keyId));
        const detail = { keyId, rewrapped };
        await noteSecrets(db, tenant, {
          at: now(),
          actor: by,
          action: 'secretsKeyRotated',
          subject: tenant,
          detail,
        });
        return ok({ keyId, rewrapped });
      } catch (thrown) {
        return refusedByKeys(thrown);
      }
    },
  };
}

/** What passes by itself is thrown on, to be answered as a moment's trouble. */
function refusedByKeys(thrown: unknown): ReturnType<typeof keysUnusable> {
  if (thrown instanceof SluiceError && thrown.code !== 'unreachable') return keysUnusable(thrown.message);
  throw thrown;
}

/** Reads the value of a secret by its name, or a name with a version: `shop-db@3`. */
export async function readStoredSecret(
  db: Database,
  tenant: string,
  keys: KeyEncryption,
  reference: string,
): Promise<string> {
  const [name = '', version] = reference.split('@');
  const found = await findSealed(db, tenant, name, version === undefined ? null : Number(version));
  if (!found)
    throw new SluiceError(
      'not-found',
      `no secret ${reference} is kept; \`sluice secrets set ${name}\` keeps one`,
      {
        next: 'ask-human',
      },
    );
  const place = placeOf({ tenant, name, version: found.version });
  const opened = openSealed(await keys.unwrap(found, place), place, found.sealed);
  if (opened) return Buffer.from(opened).toString('utf8');
  throw new SluiceError('invalid-input', `the secret ${reference} does not open: it was altered`, {
    next: 'ask-human',
  });
}

/** Only secrets whose names begin so are given to channels. */
const FOR_CHANNELS = 'channel-';

/**
 * Reads a secret for a channel. Whoever may add channels chooses where a value is sent, and so gets those alone that were
 * kept for channels.
 */
export async function channelSecret(
  db: Database,
  tenant: string,
  keys: KeyEncryption,
  name: string,
): Promise<string> {
  if (name.startsWith(FOR_CHANNELS)) return readStoredSecret(db, tenant, keys, name);
  throw new SluiceError(
    'unsupported',
    `the secret ${name} is not read for channels: their secrets begin with ${FOR_CHANNELS}`,
    {
      next: 'ask-human',
    },
  );
}

interface Place {
  readonly tenant: string;
  readonly name: string;
  readonly version: number;
}

/** What a value is bound to; names hold no line breaks. */
const placeOf = ({ tenant, name, version }: Place): string => `${tenant}\n${name}\n${version}`;

async function seal(keys: KeyEncryption, of: Place, value: string): Promise<Omit<SealedSecret, 'version'>> {
  const dataKey = randomBytes(SEALING_KEY_BYTES);
  const place = placeOf(of);
  const sealed = sealValue(dataKey, place, Buffer.from(value));
  return { sealed, ...(await keys.wrap(dataKey, place)) };
}

/** Wraps every data key with one key; others may set secrets meanwhile, which are wrapped with it already. */
async function rewrapAll(
  db: Database,
  tenant: string,
  { keys, keyId }: { readonly keys: KeyEncryption; readonly keyId: string },
): Promise<number> {
  let rewrapped = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const rows = await listWrappedOtherwise(db, tenant, keyId, REWRAP_AT_ONCE);
    if (rows.length === 0) return rewrapped;
    for (const { name, version, ...before } of rows) {
      const place = placeOf({ tenant, name, version });
      const after = await keys.wrap(await keys.unwrap(before, place), place);
      await rewrap(db, tenant, { name, version, before: before.wrapped }, after);
      rewrapped += 1;
    }
  }
  return rewrapped;
}

const viewOf = ({ name, version, keyId, changedAt, changedBy }: SecretRow): SecretView => ({
  ...{ name, version, changedAt, changedBy, keyId: keyId ?? '' },
});
