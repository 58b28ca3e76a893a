import type { AuditFilter } from '@sluice/protocol/http/audit.ts';

/** The words of the address that say which entries are wanted. */
export const FILTER_WORDS = ['actor', 'action', 'subject', 'from', 'to'] as const;

/** Reads which entries are wanted from the address; what is no moment is left out. */
export function filterOf(query: URLSearchParams): AuditFilter {
  const text = (name: string): string | undefined => query.get(name)?.trim() || undefined;
  return {
    actor: text('actor'),
    action: text('action'),
    subject: text('subject'),
    from: momentOf(query.get('from')),
    to: momentOf(query.get('to')),
  };
}

/** A moment as a field for day and time has it, in the viewer's zone; undefined when it is none. */
export function momentOf(text: string | null): number | undefined {
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return undefined;
  const at = new Date(text).getTime();
  return Number.isNaN(at) || at < 0 ? undefined : at;
}

/** The name of a question about these entries. */
export const filterName = (filter: AuditFilter): string => `audit:${JSON.stringify(Object.entries(filter))}`;
