import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** Whom a message is for: any task of an agent, any that has an ability, or one task; of a session, or of any ('' ). */
export interface MailAddress {
  readonly kind: 'agent' | 'capability' | 'task';
  readonly name: string;
  readonly session: string;
}

/** A message that is sent. */
export interface NewMessage {
  readonly id: string;
  readonly to: MailAddress;
  readonly from: { readonly task: string; readonly queue: string; readonly session: string | null };
  /** A second message of the same task with the same key is the first one. */
  readonly key: string;
  readonly body: unknown;
  readonly expiresInMs: number;
}

/** A message that was sent. */
export interface SentMessage {
  readonly id: string;
  /** Counts within its address, from 1, without gaps. */
  readonly sequence: number;
  readonly isNew: boolean;
}

/** A message in the hands of a receiver. */
export interface ReceivedMessage {
  readonly id: string;
  readonly kind: MailAddress['kind'];
  readonly name: string;
  readonly session: string;
  readonly sequence: number;
  readonly senderTask: string;
  readonly senderQueue: string;
  readonly senderSession: string | null;
  readonly body: unknown;
  /** How often it was handed out, this time included. */
  readonly deliveries: number;
  /** Acknowledges this delivery, and no later one. */
  readonly receipt: string;
  readonly sentAt: Instant;
}

/**
 * Sends a message; in a transaction. Whoever sends to the same address waits for it, so that what is numbered lower is there
 * first.
 * @returns `full` when as many wait there as may, and nothing was sent
 */
export async function sendMessage(
  db: Database,
  tenant: string,
  { id, to, from, key, body, expiresInMs }: NewMessage,
  mostOpen: number,
): Promise<SentMessage | 'full'> {
  const { rows: boxes } = await sql<{ readonly id: number; readonly open: number }>`
    insert into mailboxes (tenant, kind, name, session) values (${tenant}, ${to.kind}, ${to.name}, ${to.session})
    on conflict (tenant, kind, name, session) do update set open = mailboxes.open returning id, open`.execute(
    db,
  );
  const { rows: earlier } = await sql<Omit<SentMessage, 'isNew'>>`
    select id, sequence from agent_messages
    where tenant = ${tenant} and sender_task = ${from.task}::uuid and key = ${key}`.execute(db);
  if (earlier[0]) return { ...earlier[0], isNew: false };
  const [box] = boxes;
  if (box === undefined || box.open >= mostOpen) return 'full';
  const { rows } = await sql<Omit<SentMessage, 'isNew'>>`
    with counted as (
      update mailboxes set sequence = sequence + 1, open = open + 1 where tenant = ${tenant} and id = ${box.id}
      returning sequence)
    insert into agent_messages (tenant, mailbox, sequence, id, sender_task, sender_queue, sender_session, key, body,
      expires_at)
    select ${tenant}, ${box.id}, sequence, ${id}::uuid, ${from.task}::uuid, ${from.queue}, ${from.session}, ${key},
      ${storedJson(body)}::json, clock_timestamp() + ${expiresInMs}::double precision * interval '1 millisecond'
    from counted returning id, sequence`.execute(db);
  return { id, sequence: rows[0]?.sequence ?? 0, isNew: true };
}

/** Who receives, and how much. */
export interface MailWish {
  readonly task: string;
  readonly queue: string;
  readonly abilities: readonly string[];
  readonly session: string | null;
  readonly limit: number;
  /** For so long nobody else is given what this one gets. */
  readonly hiddenMs: number;
}

/** Hands out messages, of each address the lowest numbers first; what is not acknowledged in time is handed out again. */
export async function receiveMessages(
  db: Database,
  tenant: string,
  { task, queue, abilities, session, limit, hiddenMs }: MailWish,
): Promise<readonly ReceivedMessage[]> {
  const { rows } = await sql<ReceivedMessage>`
    with boxes as materialized (
      select id, kind, name, session from mailboxes where tenant = ${tenant} and open > 0
        and (kind, name) in (select 'agent', ${queue} union all select 'task', ${task}
          union all select 'capability', ability from unnest(${[...abilities]}::text[]) as ability)
        and session in ('', ${session ?? ''})),
    head as materialized (
      select boxes.*, found.sequence from boxes cross join lateral (
        select sequence from agent_messages where tenant = ${tenant} and mailbox = boxes.id and acknowledged_at is null
          and (hidden_until is null or hidden_until <= clock_timestamp()) and expires_at > clock_timestamp()
        order by sequence limit ${limit} for update skip locked) as found
      limit ${limit})
    update agent_messages as messages set deliveries = deliveries + 1, receipt = gen_random_uuid(),
      hidden_until = clock_timestamp() + ${hiddenMs}::double precision * interval '1 millisecond'
    from head where messages.tenant = ${tenant} and messages.mailbox = head.id and messages.sequence = head.sequence
    returning messages.id, head.kind, head.name, head.session, messages.sequence, sender_task as "senderTask",
      sender_queue as "senderQueue", sender_session as "senderSession", body, deliveries, receipt, sent_at as "sentAt"`.execute(
    db,
  );
  return rows.toSorted((a, b) => a.sentAt - b.sentAt || a.sequence - b.sequence);
}

/** Says that messages need not be handed out again; gives the ids of those whose latest delivery that was. */
export async function acknowledgeMessages(
  db: Database,
  tenant: string,
  receipts: readonly { readonly id: string; readonly receipt: string }[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly id: string }>`
    with said as materialized (
      select * from unnest(${receipts.map(({ id }) => id)}::uuid[],
        ${receipts.map(({ receipt }) => receipt)}::uuid[]) as said (id, receipt)),
    done as (
      update agent_messages as messages set acknowledged_at = clock_timestamp(), body = 'null' from said
      where messages.tenant = ${tenant} and messages.id = said.id and messages.receipt = said.receipt
        and acknowledged_at is null
      returning messages.id, mailbox),
    fewer as (
      update mailboxes set open = open - many from (select mailbox, count(*)::int as many from done group by mailbox) as box
      where mailboxes.tenant = ${tenant} and mailboxes.id = box.mailbox)
    select id from done`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** What the messages of a tenant have together that nobody has acknowledged, in bytes as they are kept. */
export async function mailBytes(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly bytes: number }>`
    select coalesce(sum(pg_column_size(body)), 0)::bigint as bytes from agent_messages
    where tenant = ${tenant} and acknowledged_at is null`.execute(db);
  return rows[0]?.bytes ?? 0;
}

/** Removes messages that have expired, of all tenants, and what of them was open is counted no more. */
export async function deleteExpiredMessages(db: Database, limit: number): Promise<number> {
  const { rows } = await sql<{ readonly many: number }>`
    with gone as (
      delete from agent_messages where ctid = any(array(
        select ctid from agent_messages where expires_at <= clock_timestamp() limit ${limit} for update skip locked))
      returning tenant, mailbox, acknowledged_at),
    fewer as (
      update mailboxes set open = open - many from (
        select tenant, mailbox, count(*)::int as many from gone where acknowledged_at is null group by tenant, mailbox) as box
      where mailboxes.tenant = box.tenant and mailboxes.id = box.mailbox)
    select count(*)::int as many from gone`.execute(db);
  return rows[0]?.many ?? 0;
}

/** Removes the addresses of single tasks at which nothing waits and nothing is remembered any more; of all tenants. */
export async function deleteIdleMailboxes(db: Database, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from mailboxes where ctid = any(array(
      select ctid from mailboxes where kind = 'task' and open = 0 and not exists (
        select from agent_messages where agent_messages.tenant = mailboxes.tenant and mailbox = mailboxes.id)
      limit ${limit} for update skip locked))`.execute(db);
  return Number(numAffectedRows);
}
