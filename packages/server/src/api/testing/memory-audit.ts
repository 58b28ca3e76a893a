import { generateKeyPairSync } from 'node:crypto';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import { changesOf, reportCsv, reportMarkdown } from '@sluice/core/ledger/compliance-report.ts';
import { type Delivery, DeliveryBook } from '@sluice/core/ledger/deliveries.ts';
import { doraFigures } from '@sluice/core/ledger/dora.ts';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { cefEntry, csvEntry, csvHead, type ExportedEntry } from '@sluice/core/ledger/export-lines.ts';
import { EMPTY_FRONTIER, growTree, rootOf } from '@sluice/core/ledger/frontier.ts';
import { entryText, type LedgerNote } from '@sluice/core/ledger/ledger-entry.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { AuditEntryView, AuditFilter, ExportForm, LedgerKeyView } from '@sluice/protocol/http/audit.ts';
import type { LegalHoldView } from '@sluice/protocol/http/audit-keeping.ts';
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

/** What a ledger in memory holds. */
class MemoryLedger {
  readonly entries: AuditEntryView[] = [];
  readonly holds: LegalHoldView[] = [];
  keptMs: number | null = null;
  readonly #pair = generateKeyPairSync('ed25519');

  record(...notes: readonly Partial<LedgerNote>[]): void {
    for (const note of notes) this.entries.push(entryOf(this.entries.length + 1, note));
  }

  rootAt(size: number): string {
    const leaves = this.entries.slice(0, size).map(({ leafHash }) => leafHash ?? '');
    return rootOf(SHA256_TREE, growTree(SHA256_TREE, EMPTY_FRONTIER, leaves).frontier);
  }

  head(): SignedHead {
    const size = this.entries.length;
    return signHead(this.#pair.privateKey, {
      tenant: 'default',
      size,
      rootHash: this.rootAt(size),
      at: SAMPLE_TIME,
    });
  }

  keys(): LedgerKeyView[] {
    const { publicKey } = this.#pair;
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const sizes = { firstSize: 1, lastSize: this.entries.length };
    return [{ keyId: keyIdOf(publicKey), publicKey: pem, firstAt: SAMPLE_TIME, ...sizes, signsNow: true }];
  }

  deliveries(): readonly Delivery[] {
    const book = new DeliveryBook();
    for (const entry of this.entries) book.add(entry as ExportedEntry);
    return book.deliveries();
  }
}

function entryOf(sequence: number, note: Partial<LedgerNote>): AuditEntryView {
  const content = {
    ...{ tenant: 'default', sequence, at: SAMPLE_TIME, actor: 'person:ada' },
    ...{ action: 'did', subject: 'ro-1', detail: {}, ...note },
  };
  const { approvals, ...rest } = content;
  const leafHash = SHA256_TREE.leaf(entryText(content));
  return { ...rest, ...(approvals ? { approvals: [...approvals] } : {}), leafHash, expiredAt: null };
}

const notInTree = () => refuse('not-in-tree', 'There is no such entry.', 'Ask for one that it holds.');

const matches = (entry: AuditEntryView, filter: AuditFilter): boolean =>
  (filter.from === undefined || entry.at >= filter.from) &&
  (filter.to === undefined || entry.at < filter.to) &&
  (filter.actor === undefined || entry.actor === filter.actor) &&
  (filter.action === undefined || entry.action === filter.action) &&
  (filter.subject === undefined || entry.subject === filter.subject);

/** For tests: opens a ledger with two entries. */
export function memoryAudit(): MemoryAudit {
  const ledger = new MemoryLedger();
  ledger.record(
    { action: 'rolloutRequested', detail: { track: 'storefront/production/web', version: 'v2' } },
    {},
  );
  const audit: MemoryAudit = {
    record: (...notes) => ledger.record(...notes),
    fault: null,
    ...readingOf(ledger),
    ...vouchingOf(ledger),
    ...keepingOf(ledger),
    verify: async () => ({
      ...{
        entries: ledger.entries.length,
        expired: 0,
        intact: audit.fault === null,
        firstFault: audit.fault,
      },
      ...{
        rootHash: ledger.rootAt(ledger.entries.length),
        headsCompared: 1,
        badSignatures: [],
        witnesses: [],
      },
    }),
  };
  return audit;
}

type Reading = Pick<AuditDesk, 'entries' | 'entry' | 'export' | 'report' | 'dora'>;

const readingOf = (ledger: MemoryLedger): Reading => ({
  entries: async (filter, { cursor, limit }) => {
    const found = ledger.entries
      .filter((entry) => matches(entry, filter) && (cursor === null || entry.sequence < Number(cursor)))
      .toReversed();
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? String(items.at(-1)?.sequence) : null };
  },
  entry: async (sequence) => ledger.entries[sequence - 1] ?? null,
  export: (filter, form) => exported(ledger, filter, form),
  report: async (period, project, form) => {
    const size = ledger.entries.length;
    const frame = {
      ...{ ...period, project, projectOf: () => 'default', madeAt: SAMPLE_TIME },
      ledger: { size, rootHash: ledger.rootAt(size) },
    };
    const changes = changesOf(ledger.deliveries(), frame);
    return form === 'csv' ? reportCsv(changes, frame) : reportMarkdown(changes, frame);
  },
  dora: async (period) => doraFigures(ledger.deliveries(), period, () => 'default'),
});

async function* exported(
  ledger: MemoryLedger,
  filter: AuditFilter,
  form: ExportForm,
): AsyncGenerator<string> {
  const line = (value: object): string => `${canonicalJson(value)}\n`;
  if (form === 'csv') yield csvHead();
  if (form === 'jsonl')
    yield line({ kind: 'ledger', version: 1, tenant: 'default', entries: ledger.entries.length });
  for (const entry of ledger.entries.filter((each) => matches(each, filter))) {
    if (form === 'csv') yield csvEntry(entry as ExportedEntry);
    else if (form === 'cef') yield cefEntry('0', entry as ExportedEntry);
    else yield line({ kind: 'entry', ...entry });
  }
  if (form !== 'jsonl') return;
  for (const key of ledger.keys()) yield line({ kind: 'key', ...key });
  yield line({ kind: 'head', ...ledger.head() });
}

type Vouching = Pick<AuditDesk, 'head' | 'keys' | 'rotateKey' | 'inclusion' | 'consistency' | 'witnesses'>;

const vouchingOf = (ledger: MemoryLedger): Vouching => ({
  head: async () => ok(ledger.head()),
  keys: async () => ledger.keys(),
  rotateKey: async () => ok(ledger.keys()),
  inclusion: async (sequence, size = ledger.entries.length) => {
    const entry = ledger.entries[sequence - 1];
    if (entry === undefined || sequence > size || size > ledger.entries.length) return notInTree();
    const { leafHash } = entry;
    return ok({ sequence, size, leafHash: leafHash ?? '', rootHash: ledger.rootAt(size), proof: [] });
  },
  consistency: async (from, to = ledger.entries.length) =>
    from > to || to > ledger.entries.length
      ? notInTree()
      : ok({ from, to, fromRoot: ledger.rootAt(from), toRoot: ledger.rootAt(to), proof: [] }),
  witnesses: async () => [
    {
      ...{ name: 'host of this machine', kind: 'host', state: 'agrees', head: ledger.head() },
      ...{ askedAt: SAMPLE_TIME, problem: null },
    },
  ],
});

type Keeping = Pick<AuditDesk, 'holds' | 'placeHold' | 'releaseHold' | 'retention' | 'setRetention'>;

function keepingOf(ledger: MemoryLedger): Keeping {
  const { holds } = ledger;
  const retention = async () => ({ keptMs: ledger.keptMs, changedBy: null, changedAt: null, expired: 0 });
  return {
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
    retention,
    setRetention: async (wanted) => {
      ledger.keptMs = wanted;
      return retention();
    },
  };
}
