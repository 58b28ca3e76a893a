import type { AuditEntryView } from '@sluice/protocol/http/audit.ts';

/** What is done to tasks says its track as its subject. */
const OF_TASKS: ReadonlySet<string> = new Set([
  'tasksSubmitted',
  'taskRetried',
  'taskCancelled',
  'deadLettersRetried',
  'workerDrained',
]);

/** The track that an entry of the ledger is about; null for what is about the whole organisation. */
export function trackOfEntry({
  action,
  subject,
  detail,
}: Pick<AuditEntryView, 'action' | 'subject' | 'detail'>): string | null {
  const { track } = Object(detail) as { track?: unknown };
  if (typeof track === 'string') return track;
  return OF_TASKS.has(action) ? subject : null;
}
