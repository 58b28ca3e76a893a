import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { DEFAULT_TENANT } from './organisations.ts';

/** The authority that vouches for workers, as it is kept. */
export interface SealedAuthority {
  /** Counted from 1: no two servers make the same one. */
  readonly generation: number;
  /** PEM. */
  readonly certificate: string;
  readonly keyId: string;
  readonly wrapped: string;
  /** Its private key. */
  readonly sealed: string;
}

/** The authorities that this control plane has had, the first one first; none before the first. */
export async function listAuthorities(db: Database): Promise<readonly SealedAuthority[]> {
  const { rows } = await sql<SealedAuthority>`
    select generation, certificate, key_id as "keyId", wrapped_key as wrapped, sealed from worker_authorities
    where tenant = ${DEFAULT_TENANT} order by generation`.execute(db);
  return rows;
}

/** Wraps its data key anew, unless another server has done so since; true when it was done. */
export async function rewrapKeptAuthority(
  db: Database,
  { generation, wrapped: before }: Pick<SealedAuthority, 'generation' | 'wrapped'>,
  { keyId, wrapped }: Pick<SealedAuthority, 'keyId' | 'wrapped'>,
): Promise<boolean> {
  const { rows } = await sql`
    update worker_authorities set key_id = ${keyId}, wrapped_key = ${wrapped}
    where tenant = ${DEFAULT_TENANT} and generation = ${generation} and wrapped_key = ${before}
    returning tenant`.execute(db);
  return rows.length > 0;
}

/** Keeps an authority, unless another server was first; true when it was kept. */
export async function keepAuthority(db: Database, authority: SealedAuthority, at: Instant): Promise<boolean> {
  const { generation, certificate, keyId, wrapped, sealed } = authority;
  const { rows } = await sql`
    insert into worker_authorities (tenant, generation, certificate, key_id, wrapped_key, sealed, made_at)
    values (${DEFAULT_TENANT}, ${generation}, ${certificate}, ${keyId}, ${wrapped}, ${sealed}, ${timestamp(at)})
    on conflict do nothing returning generation`.execute(db);
  return rows.length > 0;
}
