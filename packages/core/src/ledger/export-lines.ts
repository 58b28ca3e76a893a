import { canonicalJson } from '../kernel/canonical-json.ts';
import { formatInstant } from '../kernel/civil-date.ts';
import type { LedgerContent } from './ledger-entry.ts';

/** An entry as it is exported. */
export interface ExportedEntry extends LedgerContent {
  readonly leafHash: string | null;
  readonly expiredAt: number | null;
}

/** The columns of the table. */
const CSV_HEADS = [
  ...['sequence', 'at', 'actor', 'action', 'subject', 'reason', 'approvers', 'requestId'],
  ...['before', 'after', 'detail', 'leafHash', 'expiredAt'],
] as const;

/** The first line of the table. */
export const csvHead = (): string => csvLine(CSV_HEADS);

/** A row of the table. */
export function csvEntry(entry: ExportedEntry): string {
  const approvers = (entry.approvals ?? []).map(({ by }) => by).join(' ');
  return csvLine([
    ...[String(entry.sequence), formatInstant(entry.at), entry.actor, entry.action, entry.subject],
    ...[entry.reason ?? '', approvers, entry.requestId ?? '', entry.before ?? '', entry.after ?? ''],
    ...[canonicalJson(entry.detail), entry.leafHash ?? ''],
    entry.expiredAt === null ? '' : formatInstant(entry.expiredAt),
  ]);
}

/**
 * A line of RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front, which it does not show:
 * names and reasons are written by people whom nobody has to trust.
 */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** An entry in the Common Event Format, version 0, for SIEMs. */
export function cefEntry(version: string, entry: ExportedEntry): string {
  const header = ['CEF:0', 'Sluice', 'sluice', version, entry.action, entry.action, severityOf(entry)];
  const extension = {
    rt: String(entry.at),
    suser: entry.actor,
    duser: entry.subject,
    externalId: String(entry.sequence),
    act: entry.action,
    reason: entry.reason ?? '',
    cs1Label: entry.requestId === undefined ? '' : 'requestId',
    cs1: entry.requestId ?? '',
    cs2Label: entry.leafHash === null ? '' : 'leafHash',
    cs2: entry.leafHash ?? '',
    msg: canonicalJson(entry.detail),
  };
  const pairs = Object.entries(extension).filter(([, value]) => value !== '');
  const fields = pairs.map(([key, value]) => `${key}=${cefValue(value)}`).join(' ');
  return `${[header[0], ...header.slice(1).map(cefField)].join('|')}|${fields}\n`;
}

/** In the header a backslash and a bar are escaped, and there are no line breaks. */
const cefField = (text: string | undefined): string =>
  (text ?? '')
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/[\r\n]+/g, ' ');

/** In a value a backslash and an equals sign are escaped, and line breaks are written out. */
const cefValue = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('=', '\\=')
    .replaceAll('\r\n', '\\n')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');

/** What goes wrong or passes a rule is what somebody looks for. */
function severityOf({ action }: LedgerContent): string {
  if (/glass|tamper|refus|denied|lock/i.test(action)) return '8';
  return /rollback|reject|abort|fail|revok|remov/i.test(action) ? '5' : '3';
}
