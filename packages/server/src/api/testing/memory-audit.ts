import { generateKeyPairSync } from 'node:crypto';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import { changesOf, reportCsv, reportMarkdown } from '@sluice/core/ledger/compliance-report.ts';
import { DeliveryBook } from '@sluice/core/ledger/deliveries.ts';
import { doraFigures } from '@sluice/core/ledger/dora.ts';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { cefEntry, csvEntry, csvHead, type ExportedEntry } from '@sluice/core/ledger/export-lines.ts';
import { EMPTY_FRONTIER, growTree, rootOf } from '@sluice/core/ledger/frontier.ts';
import { entryText, type LedgerNote } from '@sluice/core/ledger/ledger-entry.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { AuditEntryView, AuditFilter, LegalHoldView } from '@sluice/protocol/http/audit.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { signHead, type SignedHead, keyIdOf } from '@sluice/protocol/ledger/signed-head.ts';
import type { AuditDesk } from '../../ledger/audit-desk.ts';

/** For tests: a ledger in memory, with a real tree and a real key. */
export interface MemoryAudit extends AuditDesk {
  /** Records acts. */
  record(...notes: readonly Partial<LedgerNote>[]): void;
  /** What a verification is to find, laid over one that finds nothing wrong. */
  fault: { readonly sequence: number; readonly problem: string } | null;
}

const matches = (entry: AuditEntryView, filter: AuditFilter): boolean =>
  (filter.from === undefined || entry.at >= filter.from) &&
  (filter.to === undefined || entry.at < filter.to) &&
  (filter.actor === undefined || entry.actor === filter.actor) &&
  (filter.action === undefined || entry.action === filter.action) &&
  (filter.subject === undefined || entry.subject === filter.subject);

/** For tests: opens a ledger with two entries. */
export function memoryAudit(): MemoryAudit {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const entries: AuditEntryView[] = [];
  const holds: LegalHoldView[] = [];
  let keptMs: number | null = null;
  const record = (...notes: readonly Partial<LedgerNote>[]): void => {
    for (const note of notes) {
      const content = {
        ...{ tenant: 'default', sequence: entries.length + 1, at: SAMPLE_TIME, actor: 'person:ada' },
        ...{ action: 'did', subject: 'ro-1', detail: {}, ...note },
      };
      const { approvals, ...rest } = content;
      const leafHash = SHA256_TREE.leaf(entryText(content));
      entries.push({
        ...rest,
        ...(approvals ? { approvals: [...approvals] } : {}),
        ...{ leafHash, expiredAt: null },
      });
    }
  };
  const rootAt = (size: number): string =>
    rootOf(
      SHA256_TREE,
      growTree(
        SHA256_TREE,
        EMPTY_FRONTIER,
        entries.slice(0, size).map(({ leafHash }) => leafHash ?? ''),
      ).frontier,
    );
  const headNow = (): SignedHead =>
    signHead(privateKey, {
      ...{ tenant: 'default', size: entries.length, rootHash: rootAt(entries.length), at: SAMPLE_TIME },
    });
  const keys = () => [
    {
      ...{ keyId: keyIdOf(publicKey), publicKey: pem, firstAt: SAMPLE_TIME, firstSize: 1 },
      ...{ lastSize: entries.length, signsNow: true },
    },
  ];
  const book = (): DeliveryBook => {
    const deliveries = new DeliveryBook();
    for (const entry of entries) deliveries.add(entry as ExportedEntry);
    return deliveries;
  };
  const notInTree = () => refuse('not-in-tree', 'There is no such entry.', 'Ask for one that it holds.');
  record({ action: 'rolloutRequested', detail: { track: 'storefront/production/web', version: 'v2' } }, {});
  const audit: MemoryAudit = {
    record,
    fault: null,
    entries: async (filter, { cursor, limit }) => {
      const found = entries
        .filter((entry) => matches(entry, filter) && (cursor === null || entry.sequence < Number(cursor)))
        .toReversed();
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? String(items.at(-1)?.sequence) : null };
    },
    entry: async (sequence) => entries[sequence - 1] ?? null,
    async *export(filter, form) {
      if (form === 'csv') yield csvHead();
      if (form === 'jsonl')
        yield `${canonicalJson({ kind: 'ledger', version: 1, tenant: 'default', entries: entries.length })}\n`;
      for (const entry of entries.filter((each) => matches(each, filter))) {
        if (form === 'csv') yield csvEntry(entry as ExportedEntry);
        else if (form === 'cef') yield cefEntry('0', entry as ExportedEntry);
        else yield `${canonicalJson({ kind: 'entry', ...entry })}\n`;
      }
      if (form === 'jsonl') {
        for (const key of keys()) yield `${canonicalJson({ kind: 'key', ...key })}\n`;
        yield `${canonicalJson({ kind: 'head', ...headNow() })}\n`;
      }
    },
    head: async () => ok(headNow()),
    keys: async () => keys(),
    rotateKey: async () => ok(keys()),
    inclusion: async (sequence, size = entries.length) => {
      if (sequence < 1 || sequence > size || size > entries.length) return notInTree();
      return ok({
        ...{ sequence, size, leafHash: entries[sequence - 1]?.leafHash ?? '', rootHash: rootAt(size) },
        proof: [],
      });
    },
    consistency: async (from, to = entries.length) =>
      from > to || to > entries.length
        ? notInTree()
        : ok({ from, to, fromRoot: rootAt(from), toRoot: rootAt(to), proof: [] }),
    verify: async () => ({
      ...{ entries: entries.length, expired: 0, intact: audit.fault === null, firstFault: audit.fault },
      ...{ rootHash: rootAt(entries.length), headsCompared: 1, badSignatures: [], witnesses: [] },
    }),
    witnesses: async () => [
      {
        ...{ name: 'host of this machine', kind: 'host', state: 'agrees', head: headNow() },
        ...{ askedAt: SAMPLE_TIME, problem: null },
      },
    ],
    report: async (period, project, form) => {
      const frame = {
        ...{ ...period, project, projectOf: () => 'default', madeAt: SAMPLE_TIME },
        ledger: { size: entries.length, rootHash: rootAt(entries.length) },
      };
      const changes = changesOf(book().deliveries(), frame);
      return form === 'csv' ? reportCsv(changes, frame) : reportMarkdown(changes, frame);
    },
    dora: async (period) => doraFigures(book().deliveries(), period, () => 'default'),
    holds: async () => holds,
    placeHold: async ({ reason, from, to, subject, by }) => {
      const id = `hold-${holds.length + 1}`;
      const hold = { id, reason, from, to, subject, placedBy: by, placedAt: SAMPLE_TIME };
      holds.push(hold);
      return hold;
    },
    releaseHold: async (id) => {
      const at = holds.findIndex((hold) => hold.id === id);
      return at < 0 ? null : (holds.splice(at, 1)[0] ?? null);
    },
    retention: async () => ({ keptMs, changedBy: null, changedAt: null, expired: 0 }),
    setRetention: async (wanted) => {
      keptMs = wanted;
      return audit.retention();
    },
  };
  return audit;
}
