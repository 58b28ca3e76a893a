import { type SignedHead, signedHeadSchema } from '../ledger/head-schema.ts';
import { type ApiConnection, type ApiReply, failureOf, refusalOf, send, textOf } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import {
  type AuditEntryView,
  type AuditFilter,
  auditEntrySchema,
  auditPageSchema,
  consistencyProofSchema,
  type ConsistencyProofView,
  type ExportForm,
  inclusionProofSchema,
  type InclusionProofView,
  ledgerKeysSchema,
  type LedgerKeyView,
  witnessesSchema,
  type WitnessView,
} from './audit.ts';
import {
  auditVerificationSchema,
  type AuditVerificationView,
  doraPageSchema,
  type DoraPageView,
  type LegalHoldRequest,
  legalHoldSchema,
  legalHoldsSchema,
  type LegalHoldView,
  type ReportForm,
  retentionRuleSchema,
  type RetentionRuleView,
} from './audit-keeping.ts';
import type { PageView } from './pages.ts';

/** A part of time and of projects. */
export type PeriodWish = {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly project?: string | undefined;
  readonly environment?: string | undefined;
};

/** The operations on the ledger. */
export interface AuditCalls {
  auditEntries(filter: AuditFilter & PageWish): Promise<ApiReply<PageView<AuditEntryView>>>;
  auditEntry(sequence: number): Promise<ApiReply<AuditEntryView>>;
  /** Hands over the text of an export, piece by piece. */
  auditExport(
    query: AuditFilter & { readonly form: ExportForm },
    take: (piece: string) => Promise<void>,
  ): Promise<ApiReply<null>>;
  auditHead(): Promise<ApiReply<SignedHead>>;
  auditKeys(): Promise<ApiReply<{ readonly items: readonly LedgerKeyView[] }>>;
  rotateAuditKey(by: string): Promise<ApiReply<LedgerKeyView[]>>;
  inclusionProof(sequence: number, size?: number): Promise<ApiReply<InclusionProofView>>;
  consistencyProof(from: number, to?: number): Promise<ApiReply<ConsistencyProofView>>;
  auditWitnesses(): Promise<ApiReply<{ readonly items: readonly WitnessView[] }>>;
  verifyAudit(): Promise<ApiReply<AuditVerificationView>>;
  auditReport(query: PeriodWish & { readonly form: ReportForm }): Promise<ApiReply<string>>;
  dora(query: PeriodWish): Promise<ApiReply<DoraPageView>>;
  legalHolds(): Promise<ApiReply<{ readonly items: readonly LegalHoldView[] }>>;
  placeHold(
    request: Partial<LegalHoldRequest> & { readonly reason: string },
  ): Promise<ApiReply<LegalHoldView>>;
  releaseHold(id: string, by: string): Promise<ApiReply<LegalHoldView>>;
  auditRetention(): Promise<ApiReply<RetentionRuleView>>;
  setAuditRetention(keptMs: number | null, by: string): Promise<ApiReply<RetentionRuleView>>;
}

/** Reading a long ledger takes longer than other answers. */
const LONG_MS = 600_000;

/** The operations on the ledger, over whatever carries them. */
export function auditCalls(
  api: ApiConnection,
  quick: Asking,
  slow: (patient: ApiConnection) => Asking,
): AuditCalls {
  const { get, post, change, queryOf } = quick;
  const patient = { ...api, timeoutMs: Math.max(LONG_MS, api.timeoutMs) };
  const patiently = slow(patient);
  return {
    auditEntries: (filter) => get(auditPageSchema, `${ROOT}/entries${queryOf(filter)}`),
    auditEntry: (sequence) => get(auditEntrySchema, `${ROOT}/entries/${sequence}`),
    auditExport: (query, take) => pieces(patient, `${ROOT}/export${queryOf(query)}`, take),
    auditHead: () => get(signedHeadSchema, `${ROOT}/head`),
    auditKeys: () => get(ledgerKeysSchema, `${ROOT}/keys`),
    rotateAuditKey: async (by) => {
      const reply = await post(ledgerKeysSchema, '/audit/keys/rotation', { by });
      return reply.ok ? { ...reply, value: reply.value.items } : reply;
    },
    inclusionProof: (sequence, size) =>
      get(inclusionProofSchema, `${ROOT}/proofs/inclusion${queryOf({ sequence, size })}`),
    consistencyProof: (from, to) =>
      get(consistencyProofSchema, `${ROOT}/proofs/consistency${queryOf({ from, to })}`),
    auditWitnesses: () => get(witnessesSchema, `${ROOT}/witnesses`),
    verifyAudit: () => patiently.get(auditVerificationSchema, `${ROOT}/verification`),
    auditReport: (query) => wholeText(patient, `${ROOT}/report${queryOf(query)}`),
    dora: (query) => patiently.get(doraPageSchema, `/api/v1/dora${queryOf(query)}`),
    legalHolds: () => get(legalHoldsSchema, `${ROOT}/holds`),
    placeHold: (request) => post(legalHoldSchema, '/audit/holds', request),
    releaseHold: (id, by) =>
      change(legalHoldSchema, 'DELETE', `${ROOT}/holds/${encodeURIComponent(id)}${queryOf({ by })}`),
    auditRetention: () => get(retentionRuleSchema, `${ROOT}/retention`),
    setAuditRetention: (keptMs, by) =>
      change(retentionRuleSchema, 'PUT', `${ROOT}/retention`, { keptMs, by }),
  };
}

const ROOT = '/api/v1/audit';

async function wholeText(api: ApiConnection, path: string): Promise<ApiReply<string>> {
  const parts: string[] = [];
  const reply = await pieces(api, path, async (piece) => void parts.push(piece));
  return reply.ok ? { ...reply, value: parts.join('') } : reply;
}

async function pieces(
  api: ApiConnection,
  path: string,
  take: (piece: string) => Promise<void>,
): Promise<ApiReply<null>> {
  const sent = await send(api, { method: 'GET', path, headers: { accept: '*/*' } });
  if ('failure' in sent) return { ok: false, failure: sent.failure };
  const { response } = sent;
  if (!response.ok) {
    const text = await textOf(response);
    return { ok: false, failure: typeof text === 'string' ? refusalOf(response, text) : text.failure };
  }
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) await take(decoder.decode(piece, { stream: true }));
    await take(decoder.decode());
  } catch (thrown) {
    return { ok: false, failure: failureOf(thrown, `GET ${api.baseUrl}${path}`, false) };
  }
  return { ok: true, value: null, tag: null, replayed: false };
}
