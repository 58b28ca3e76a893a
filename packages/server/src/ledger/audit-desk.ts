import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { changesOf, reportCsv, reportMarkdown } from '@sluice/core/ledger/compliance-report.ts';
import { DELIVERY_ACTIONS, type Delivery, DeliveryBook } from '@sluice/core/ledger/deliveries.ts';
import { doraFigures, type Period } from '@sluice/core/ledger/dora.ts';
import { rootOf } from '@sluice/core/ledger/frontier.ts';
import type {
  AuditEntryView,
  AuditFilter,
  ConsistencyProofView,
  ExportForm,
  InclusionProofView,
  LedgerKeyView,
  WitnessView,
} from '@sluice/protocol/http/audit.ts';
import type {
  AuditVerificationView,
  DoraView,
  LegalHoldRequest,
  LegalHoldView,
  ReportForm,
  RetentionRuleView,
} from '@sluice/protocol/http/audit-keeping.ts';
import { SHA256_TREE } from '@sluice/protocol/ledger/sha256-tree.ts';
import { isSignedBy, type SignedHead } from '@sluice/protocol/ledger/signed-head.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { Database } from '../store/database/open-database.ts';
import { appendLedger } from '../store/journal/append-journal.ts';
import {
  countExpired,
  listHolds,
  placeHold,
  readRule,
  releaseHold,
  writeRule,
} from '../store/ledger/ledger-retention.ts';
import { readTree } from '../store/ledger/ledger-tree.ts';
import {
  entriesAfter,
  entryOf,
  type LedgerEntry,
  listLedger,
  readEntry,
} from '../store/ledger/read-ledger.ts';
import { listHeads, listKeys } from '../store/ledger/signed-heads.ts';
import { type KnownRoot, type LedgerVerdict, verifyLedger } from '../store/ledger/verify-ledger.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { exportLines } from './export-ledger.ts';
import { type SignerParts, signPresentHead } from './head-signer.ts';
import { earlierRoot, proveConsistency, proveInclusion } from './prove.ts';
import type { WitnessDuty } from './witness-duty.ts';
import type { WitnessState } from './witness-round.ts';

/** All that can be asked of a tenant's ledger. */
export interface AuditDesk {
  /** Newest first. */
  entries(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntryView>>;
  entry(sequence: number): Promise<AuditEntryView | null>;
  /** Oldest first, in a form, as text. */
  export(filter: AuditFilter, form: ExportForm): AsyncIterable<string>;
  /** The present head, signed now unless it was before; refused for an empty ledger and for one that was tampered with. */
  head(): Promise<Result<SignedHead>>;
  keys(): Promise<readonly LedgerKeyView[]>;
  rotateKey(by: string): Promise<Result<readonly LedgerKeyView[]>>;
  inclusion(sequence: number, size: number | undefined): Promise<Result<InclusionProofView>>;
  consistency(from: number, to: number | undefined): Promise<Result<ConsistencyProofView>>;
  verify(): Promise<AuditVerificationView>;
  /** Asks them now. */
  witnesses(): Promise<readonly WitnessView[]>;
  report(period: Period, project: string | null, form: ReportForm): Promise<string>;
  dora(period: Period): Promise<readonly DoraView[]>;
  holds(): Promise<readonly LegalHoldView[]>;
  placeHold(request: LegalHoldRequest): Promise<LegalHoldView>;
  releaseHold(id: string, by: string): Promise<LegalHoldView | null>;
  retention(): Promise<RetentionRuleView>;
  setRetention(keptMs: number | null, by: string): Promise<RetentionRuleView>;
}

/** What a desk works with. */
export interface DeskParts extends SignerParts {
  readonly duty: WitnessDuty;
  /** For exports. */
  readonly version: string;
  /** The projects of applications; what is missing is in `default`. */
  readonly projects: () => Promise<ReadonlyMap<string, string>>;
}

/** A change that began longer before a period than this is not told of in it, in milliseconds. */
const LOOK_BACK_MS = 90 * 86_400_000;
const BATCH = 1_000;

/** Opens the desk of a tenant's ledger. */
export function auditDesk(parts: DeskParts): AuditDesk {
  const { db, tenant, now } = parts;
  const keyViews = () => keysOf(parts);
  const retention = () => retentionOf(db, tenant);
  return {
    entries: (filter, { cursor, limit }) => {
      const before = cursor === null ? {} : { before: Number(cursor) };
      return pageOf(limit, (most) => listLedger(db, tenant, { ...filter, ...before, limit: most }), {
        item: entryView,
        cursor: ({ sequence }) => String(sequence),
      });
    },
    entry: async (sequence) => {
      const found = await readEntry(db, tenant, sequence);
      return found === null ? null : entryView(found);
    },
    export: (filter, form) => exportLines(parts, filter, form),
    head: async () => {
      const signing = await signPresentHead(parts);
      if (signing.kind === 'signed') return ok(signing.head);
      return signing.kind === 'empty' ? emptyLedger() : tampered(signing.problem);
    },
    keys: keyViews,
    rotateKey: async (by) => {
      const before = parts.keys.current().keyId;
      // The old key signs what there is, so that the new one has something to continue.
      await signPresentHead(parts);
      const rotated = await parts.keys.rotate();
      if (!rotated.ok) return rotated;
      await recordRotation(db, tenant, { at: now(), by, before, after: rotated.value.keyId });
      await signPresentHead(parts);
      return ok(await keyViews());
    },
    inclusion: (sequence, size) => inclusionOf(db, tenant, sequence, size),
    consistency: (from, to) => consistencyOf(db, tenant, from, to),
    verify: () => verificationOf(parts),
    witnesses: async () => (await parts.duty.ask()).map(witnessView),
    report: async (period, project, form) => {
      const [deliveries, projectOf, tree] = await Promise.all([
        deliveriesOf(db, tenant, period),
        projectsOf(parts),
        readTree(db, tenant),
      ]);
      const ledger = { size: tree.size, rootHash: rootOf(SHA256_TREE, tree) };
      const frame = { ...period, project, projectOf, madeAt: now(), ledger };
      const changes = changesOf(deliveries, frame);
      return form === 'csv' ? reportCsv(changes, frame) : reportMarkdown(changes, frame);
    },
    dora: async (period) =>
      doraFigures(await deliveriesOf(db, tenant, period), period, await projectsOf(parts)),
    holds: () => listHolds(db, tenant),
    placeHold: (request) => placeHold(db, tenant, { ...request, at: now() }),
    releaseHold: (id, by) => releaseHold(db, tenant, { id, by, at: now() }),
    retention,
    setRetention: async (keptMs, by) => {
      await writeRule(db, tenant, { keptMs, by, at: now() });
      return retention();
    },
  };
}

/** An entry as it is shown. */
export const entryView = ({ approvals, ...entry }: LedgerEntry): AuditEntryView => ({
  ...entry,
  ...(approvals === undefined ? {} : { approvals: [...approvals] }),
});

const witnessView = (state: WitnessState): WitnessView => ({ ...state });

async function keysOf({ db, tenant, keys }: DeskParts): Promise<readonly LedgerKeyView[]> {
  const { keyId } = keys.current();
  return (await listKeys(db, tenant)).map((key) => ({ ...key, signsNow: key.keyId === keyId }));
}

async function recordRotation(
  db: Database,
  tenant: string,
  { at, by, before, after }: { at: Instant; by: string; before: string; after: string },
): Promise<void> {
  const detail = { from: before, to: after };
  const entry = { at, actor: by, action: 'ledgerKeyRotated', subject: 'ledger', detail };
  await db.transaction().execute((transaction) => appendLedger(transaction, tenant, [entry]));
}

async function inclusionOf(
  db: Database,
  tenant: string,
  sequence: number,
  wanted: number | undefined,
): Promise<Result<InclusionProofView>> {
  const size = wanted ?? (await readTree(db, tenant)).size;
  const root = await rootAt(db, tenant, size);
  if (!root.ok) return root;
  const proof = await proveInclusion(db, tenant, { sequence, size });
  if (!proof.ok) return proof;
  const entry = await readEntry(db, tenant, sequence);
  return ok({
    sequence,
    size,
    leafHash: entry?.leafHash ?? '',
    rootHash: root.value,
    proof: [...proof.value],
  });
}

async function consistencyOf(
  db: Database,
  tenant: string,
  from: number,
  wanted: number | undefined,
): Promise<Result<ConsistencyProofView>> {
  const to = wanted ?? (await readTree(db, tenant)).size;
  const [fromRoot, toRoot] = await Promise.all([rootAt(db, tenant, from), rootAt(db, tenant, to)]);
  if (!fromRoot.ok) return fromRoot;
  if (!toRoot.ok) return toRoot;
  const proof = await proveConsistency(db, tenant, { from, to });
  if (!proof.ok) return proof;
  return ok({ from, to, fromRoot: fromRoot.value, toRoot: toRoot.value, proof: [...proof.value] });
}

async function rootAt(db: Database, tenant: string, size: number): Promise<Result<string>> {
  const tree = await readTree(db, tenant);
  if (size === tree.size) return ok(rootOf(SHA256_TREE, tree));
  if (size < 0 || size > tree.size)
    return refuse(
      'not-in-tree',
      `The ledger has ${tree.size} entries, so that it never was one of ${size}.`,
      'Ask for a size that it has had.',
    );
  return ok(await earlierRoot(db, tenant, size));
}

async function verificationOf(parts: DeskParts): Promise<AuditVerificationView> {
  const { db, tenant, kept } = parts;
  const witnesses = await parts.duty.ask();
  const own = kept.last(tenant);
  const [heads, keys] = await Promise.all([listHeads(db, tenant), listKeys(db, tenant)]);
  const publicKeys = new Map(keys.map(({ keyId, publicKey }) => [keyId, publicKey]));
  const isBad = (head: SignedHead): boolean => !isSignedBy(publicKeys.get(head.keyId) ?? '', head);
  const known: KnownRoot[] = [
    ...heads.map((head) => ({ ...head, from: `the head that ${head.keyId} signed at ${iso(head.at)}` })),
    ...(own.head === null
      ? []
      : [{ ...own.head, from: `the head that this server signed at ${iso(own.head.at)}` }]),
    ...witnesses.flatMap(({ head, name }) =>
      head === null ? [] : [{ ...head, from: `the head that ${name} has` }],
    ),
  ];
  const verdict = await verifyLedger(db, tenant, known);
  const badSignatures = heads
    .filter(isBad)
    .map(({ size, keyId, at }) => `the head of ${size} entries of ${iso(at)} is not signed by ${keyId}`);
  const contradictions = witnesses.some(({ state }) => state === 'contradicts') || own.contradiction !== null;
  return verificationView(verdict, { badSignatures, witnesses, contradictions });
}

function verificationView(
  verdict: LedgerVerdict,
  found: { badSignatures: string[]; witnesses: readonly WitnessState[]; contradictions: boolean },
): AuditVerificationView {
  const { entries, expired, tree, compared, fault } = verdict;
  return {
    ...{ entries, expired, rootHash: tree.rootHash, headsCompared: compared, firstFault: fault },
    intact: fault === null && found.badSignatures.length === 0 && !found.contradictions,
    badSignatures: found.badSignatures,
    witnesses: found.witnesses.map(witnessView),
  };
}

async function deliveriesOf(
  db: Database,
  tenant: string,
  { from, to }: Period,
): Promise<readonly Delivery[]> {
  const book = new DeliveryBook();
  const wanted = { actions: DELIVERY_ACTIONS, from: from - LOOK_BACK_MS, to };
  for (let after = 0; ; ) {
    const rows = await entriesAfter(db, tenant, { ...wanted, after, limit: BATCH });
    for (const row of rows) book.add(entryOf(row));
    after = rows.at(-1)?.sequence ?? after;
    if (rows.length < BATCH) return book.deliveries();
  }
}

async function projectsOf({ projects }: DeskParts): Promise<(application: string) => string> {
  const known = await projects();
  return (application) => known.get(application) ?? 'default';
}

async function retentionOf(db: Database, tenant: string): Promise<RetentionRuleView> {
  const [rule, expired] = await Promise.all([readRule(db, tenant), countExpired(db, tenant)]);
  return { ...(rule ?? { keptMs: null, changedBy: null, changedAt: null }), expired };
}

const emptyLedger = (): Result<never> =>
  refuse(
    'ledger-empty',
    'There is nothing in the ledger that could be signed.',
    'Come again after the first change.',
  );

const tampered = (problem: string): Result<never> =>
  refuse(
    'ledger-tampered',
    `The ledger is not signed any longer: ${problem}.`,
    'Run `sluice audit verify` and compare the database with a backup; the guide on the ledger says what to do.',
  );

const iso = (at: Instant): string => new Date(at).toISOString();
