import type { RequestFault } from './request-faults.ts';

/**
 * Finds text that no database column can hold: the character NUL and halves of surrogate pairs. Schemas let them
 * through, and the store would fail on them.
 *
 * @param value parsed JSON
 * @param base pointer of the value
 */
export function unstorableText(value: unknown, base: string): RequestFault[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [fault(base)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const pointer = `${base}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return isStorable(key) ? unstorableText(inner, pointer) : [fault(base)];
  });
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const fault = (pointer: string): RequestFault => ({
  pointer,
  detail: 'holds the character NUL or half of a surrogate pair',
});
