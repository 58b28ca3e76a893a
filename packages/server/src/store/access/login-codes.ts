import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What a browser brings to the command line of the same person. */
export interface LoginCode {
  readonly tenant: string;
  readonly subject: string;
  /** SHA-256 of what only the command line knows, in base64url (RFC 7636, S256). */
  readonly challenge: string;
  readonly expiresAt: Instant;
}

/** Keeps the digest of a code; those of the tenant that have expired are forgotten. */
export async function addLoginCode(
  db: Database,
  { tenant, subject, challenge, expiresAt, digest }: LoginCode & { readonly digest: Buffer },
  at: Instant,
): Promise<void> {
  await sql`delete from login_codes where tenant = ${tenant} and expires_at < ${timestamp(at)}`.execute(db);
  await sql`
    insert into login_codes (tenant, digest, subject, challenge, expires_at)
    values (${tenant}, ${digest}, ${subject}, ${challenge}, ${timestamp(expiresAt)})`.execute(db);
}

/** Takes a code: of two who bring it at once one gets it. */
export async function takeLoginCode(db: Database, digest: Buffer): Promise<LoginCode | undefined> {
  const { rows } = await sql<LoginCode>`
    delete from login_codes where digest = ${digest}
    returning tenant, subject, challenge, expires_at as "expiresAt"`.execute(db);
  return rows[0];
}
