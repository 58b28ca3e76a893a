import type { AuditEntryView, LedgerKeyView } from '@sluice/protocol/http/audit.ts';
import type { DoraView, LegalHoldView } from '@sluice/protocol/http/audit-keeping.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords, spanWords } from './words.ts';

/** Entries of the ledger as a table, the newest first. */
export function auditTable(entries: readonly AuditEntryView[], { columns, style }: Space): readonly string[] {
  if (entries.length === 0) return ['The ledger has no such entry.'];
  const rows = entries.map(({ sequence, at, actor, action, subject, detail, reason, expiredAt }) => [
    String(sequence),
    momentWords(at),
    harmless(actor),
    harmless(action),
    harmless(subject),
    expiredAt === null ? harmless(reason ?? wordsOf(detail)) : 'only its hash is left',
  ]);
  const titles = ['ENTRY', 'AT', 'BY', 'DID', 'TO', 'WHAT'];
  const heads = titles.map((title, at) => ({ title, ...(at === 0 ? { align: 'right' as const } : {}) }));
  return table(heads, rows).map((line) => cutTo(line, columns, style.symbols.more));
}

const wordsOf = (detail: unknown): string => {
  const { words } = Object(detail) as { words?: unknown };
  return typeof words === 'string' ? words : '';
};

/** All that an entry says. */
export function auditEntryLines(entry: AuditEntryView): readonly string[] {
  const { sequence, at, actor, action, subject, detail, before, after, requestId, reason } = entry;
  const given: readonly (readonly [string, string | undefined])[] = [
    ['at', new Date(at).toISOString()],
    ['by', actor],
    ['did', action],
    ['to', subject],
    ['reason', reason],
    ['approved by', entry.approvals?.map(({ by }) => by).join(', ')],
    ['request', requestId],
    ['before', before],
    ['after', after],
    ['leaf', entry.leafHash ?? undefined],
    ['chained to', entry.chain?.previous],
    ['expired', entry.expiredAt === null ? undefined : new Date(entry.expiredAt).toISOString()],
  ];
  const lines = given.flatMap(([title, value]) =>
    value === undefined || value === '' ? [] : [`${title.padEnd(12)} ${harmless(value)}`],
  );
  const more = JSON.stringify(detail, null, 2).split('\n').map(harmless);
  return [`Entry ${sequence}`, ...lines, ...(detail === null ? [] : more)];
}

/** Keys as a table. */
export const keyTable = (keys: readonly LedgerKeyView[]): readonly string[] =>
  keys.length === 0
    ? ['No head was signed yet.']
    : table(
        ['KEY', 'SINCE', 'SIGNED FROM', 'TO', 'NOW'].map((title) => ({ title })),
        keys.map(({ keyId, firstAt, firstSize, lastSize, signsNow }) => [
          ...[keyId, momentWords(firstAt), String(firstSize), String(lastSize)],
          signsNow ? 'signs' : '',
        ]),
      );

/** Legal holds as a table. */
export const holdTable = (holds: readonly LegalHoldView[]): readonly string[] =>
  holds.length === 0
    ? ['There is no legal hold.']
    : table(
        ['HOLD', 'SINCE', 'BY', 'FROM', 'TO', 'ON', 'WHY'].map((title) => ({ title })),
        holds.map(({ id, placedAt, placedBy, from, to, subject, reason }) => [
          ...[id, momentWords(placedAt), harmless(placedBy)],
          ...[from === null ? 'the first' : momentWords(from), to === null ? 'for ever' : momentWords(to)],
          ...[harmless(subject ?? 'everything'), harmless(reason)],
        ]),
      );

/** The four figures of DORA as a table. */
export const doraTable = (figures: readonly DoraView[]): readonly string[] =>
  figures.length === 0
    ? ['No change ended in this period.']
    : table(
        [
          'PROJECT',
          'ENVIRONMENT',
          'DEPLOYMENTS',
          'PER DAY',
          'LEAD TIME',
          'FAILED',
          'RATE',
          'RESTORED IN',
        ].map((title) => ({ title })),
        figures.map(({ project, environment, deployments, perDay, ...rest }) => [
          ...[harmless(project), harmless(environment), String(deployments), perDay.toFixed(2)],
          ...[spanOrNone(rest.leadTimeMs), String(rest.failures)],
          rest.changeFailureRate === null ? '-' : `${(rest.changeFailureRate * 100).toFixed(0)} %`,
          spanOrNone(rest.restoreMs),
        ]),
      );

const spanOrNone = (spanMs: number | null): string => (spanMs === null ? '-' : spanWords(spanMs));
