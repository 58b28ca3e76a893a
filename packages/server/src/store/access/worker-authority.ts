import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { DEFAULT_TENANT } from './organisations.ts';

/** The authority that vouches for workers, as it is kept. */
export interface SealedAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly keyId: string;
  readonly wrapped: string;
  /** Its private key. */
  readonly sealed: string;
}

/** The authority of this control plane; undefined before the first. */
export async function findAuthority(db: Database): Promise<SealedAuthority | undefined> {
  const { rows } = await sql<SealedAuthority>`
    select certificate, key_id as "keyId", wrapped_key as wrapped, sealed from worker_authorities
    where tenant = ${DEFAULT_TENANT}`.execute(db);
  return rows[0];
}

/** Wraps its data key anew, unless another server has done so since; true when it was done. */
export async function rewrapKeptAuthority(
  db: Database,
  before: string,
  { keyId, wrapped }: Pick<SealedAuthority, 'keyId' | 'wrapped'>,
): Promise<boolean> {
  const { rows } = await sql`
    update worker_authorities set key_id = ${keyId}, wrapped_key = ${wrapped}
    where tenant = ${DEFAULT_TENANT} and wrapped_key = ${before} returning tenant`.execute(db);
  return rows.length > 0;
}

/** Keeps an authority, unless another server was first. */
export async function keepAuthority(db: Database, authority: SealedAuthority, at: Instant): Promise<void> {
  const { certificate, keyId, wrapped, sealed } = authority;
  await sql`
    insert into worker_authorities (tenant, certificate, key_id, wrapped_key, sealed, made_at)
    values (${DEFAULT_TENANT}, ${certificate}, ${keyId}, ${wrapped}, ${sealed}, ${timestamp(at)})
    on conflict do nothing`.execute(db);
}
