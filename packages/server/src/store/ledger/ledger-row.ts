import {
  chainedText,
  entryText,
  type LedgerContent,
  type LedgerNote,
} from '@sluice/core/ledger/ledger-entry.ts';
import { sha256, SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import type { Insertable, Selectable } from 'kysely';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { LedgerTable } from '../database/store-schema.ts';

/** An entry with the hash of its leaf. */
export interface LedgerLeaf {
  readonly content: LedgerContent;
  readonly leafHash: string;
}

/** The columns of which the text of an entry is made, and its leaf. */
export const ENTRY_COLUMNS = [
  'tenant',
  'sequence',
  'at',
  'actor',
  'action',
  'subject',
  'detail',
  'before_hash',
  'after_hash',
  'request_id',
  'reason',
  'approvals',
  'previous_hash',
  'hash',
  'leaf_hash',
  'expired_at',
] as const;

/** A row as it is read. */
export type LedgerRow = Pick<Selectable<LedgerTable>, (typeof ENTRY_COLUMNS)[number]>;

/** The entry as it will be read back: the hash has to cover what is stored, not what was meant. */
export function storedContent(tenant: string, sequence: number, note: LedgerNote): LedgerContent {
  const { before, after, requestId, reason, approvals } = note;
  return {
    tenant,
    sequence,
    at: Math.trunc(note.at),
    actor: storedText(note.actor),
    action: storedText(note.action),
    subject: storedText(note.subject),
    detail: JSON.parse(storedJson(note.detail)),
    ...(before !== undefined && { before: storedText(before) }),
    ...(after !== undefined && { after: storedText(after) }),
    ...(requestId !== undefined && { requestId: storedText(requestId) }),
    ...(reason !== undefined && { reason: storedText(reason) }),
    ...(approvals !== undefined && approvals.length > 0
      ? { approvals: JSON.parse(storedJson(approvals)) as LedgerContent['approvals'] }
      : {}),
  };
}

/** The row that holds an entry. */
export function rowOf({ content, leafHash }: LedgerLeaf): Insertable<LedgerTable> {
  return {
    tenant: content.tenant,
    sequence: content.sequence,
    at: storedInstant(content.at),
    actor: content.actor,
    action: content.action,
    subject: content.subject,
    detail: storedJson(content.detail),
    before_hash: content.before ?? null,
    after_hash: content.after ?? null,
    request_id: content.requestId ?? null,
    reason: content.reason ?? null,
    approvals: content.approvals === undefined ? null : storedJson(content.approvals),
    leaf_hash: leafHash,
  };
}

/** What a row says; an entry of the time of the chain brings the hashes of the chain with it. */
export function contentOf(row: LedgerRow): LedgerContent {
  const { tenant, sequence, at, actor, action, subject, detail } = row;
  return {
    ...{ tenant, sequence, at, actor, action, subject, detail },
    ...(row.before_hash !== null && { before: row.before_hash }),
    ...(row.after_hash !== null && { after: row.after_hash }),
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.approvals !== null && { approvals: row.approvals as NonNullable<LedgerContent['approvals']> }),
    ...(row.hash !== null && row.previous_hash !== null
      ? { chain: { previous: row.previous_hash, hash: row.hash } }
      : {}),
  };
}

/** The hash of the leaf that an entry makes. */
export const leafOf = (content: LedgerContent): string => SHA256_TREE.leaf(entryText(content));

/** The hash that an entry of the time of the chain has to have. */
export const chainHashOf = (content: LedgerContent, previous: string): string =>
  sha256(`${previous}${chainedText(content)}`);
