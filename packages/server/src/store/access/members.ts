import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { keepingAnAdmin } from './keeping-an-admin.ts';

/** Somebody who has signed in. */
export interface MemberRow {
  readonly subject: string;
  readonly name: string;
  readonly email: string | null;
  readonly groups: readonly string[];
  readonly addedAt: Instant;
  readonly lastSeenAt: Instant | null;
}

const COLUMNS = sql.raw('subject, name, email, groups, added_at as "addedAt", last_seen_at as "lastSeenAt"');

/** Members in the order of their subjects; those after a subject where one is given. */
export async function listMembers(
  db: Database,
  tenant: string,
  page: { readonly after?: string; readonly limit: number },
): Promise<readonly MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select ${COLUMNS} from members where tenant = ${tenant} and subject > ${page.after ?? ''}
    order by subject limit ${page.limit}`.execute(db);
  return rows;
}

/** More names than this nobody's screen needs at once. */
const MOST_NAMES = 5000;

/** What members are called, those who were here last first. */
export async function listNames(
  db: Database,
  tenant: string,
): Promise<readonly Pick<MemberRow, 'subject' | 'name'>[]> {
  const { rows } = await sql<Pick<MemberRow, 'subject' | 'name'>>`
    select subject, name from members where tenant = ${tenant} and name <> ''
    order by last_seen_at desc nulls last, subject limit ${MOST_NAMES}`.execute(db);
  return rows;
}

/** Finds one member by their subject. */
export async function findMember(
  db: Database,
  tenant: string,
  subject: string,
): Promise<MemberRow | undefined> {
  const { rows } = await sql<MemberRow>`
    select ${COLUMNS} from members where tenant = ${tenant} and subject = ${subject}`.execute(db);
  return rows[0];
}

/** Somebody whom an identity provider vouches for. */
export interface Vouched extends Pick<MemberRow, 'subject' | 'name' | 'email' | 'groups'> {
  readonly issuer: string;
  /** How the issuer calls them, for good. */
  readonly issuerSubject: string;
}

/**
 * Notes that somebody has signed in, and the first time in the ledger.
 * @returns whether it is who had the name before: `other` when the provider means somebody else by it now
 */
export async function noteMember(
  db: Database,
  tenant: string,
  { subject, name, email, groups, issuer, issuerSubject }: Vouched,
  at: Instant,
): Promise<'known' | 'first' | 'other'> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ readonly isFirst: boolean }>`
      insert into members as m (tenant, subject, name, email, groups, added_at, last_seen_at, issuer, issuer_subject)
      values (${tenant}, ${storedText(subject)}, ${storedText(name)}, ${email}, ${groups.map(storedText)},
        ${timestamp(at)}, ${timestamp(at)}, ${issuer}, ${storedText(issuerSubject)})
      on conflict (tenant, subject) do update
        set name = excluded.name, email = excluded.email, groups = excluded.groups,
          last_seen_at = excluded.last_seen_at, issuer = excluded.issuer, issuer_subject = excluded.issuer_subject
        where m.issuer is null or (m.issuer = excluded.issuer and m.issuer_subject = excluded.issuer_subject)
      returning (xmax = 0) as "isFirst"`.execute(transaction);
    if (!rows[0]) return 'other';
    if (!rows[0].isFirst) return 'known';
    const entry = { at, actor: subject, action: 'memberJoined', subject, detail: { name, groups, issuer } };
    await appendLedger(transaction, tenant, [entry]);
    return 'first';
  });
}

/** Removes a member with roles, sessions and personal tokens, unless nobody would be left who administers the organisation. */
export async function removeMember(
  db: Database,
  tenant: string,
  subject: string,
  entry: NewLedgerEntry,
): Promise<MemberRow | 'unknown' | 'last-admin'> {
  return keepingAnAdmin(db, tenant, async (transaction) => {
    const member = await findMember(transaction, tenant, subject);
    if (!member) return 'unknown';
    const mine = sql`tenant = ${tenant} and subject = ${subject}`;
    await sql`delete from members where ${mine}`.execute(transaction);
    await sql`delete from role_bindings where ${mine}`.execute(transaction);
    await sql`delete from sessions where ${mine}`.execute(transaction);
    await sql`delete from login_codes where ${mine}`.execute(transaction);
    await sql`update tokens set revoked_at = ${timestamp(entry.at)}
      where tenant = ${tenant} and acts_as = ${subject} and revoked_at is null`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
    return member;
  });
}
