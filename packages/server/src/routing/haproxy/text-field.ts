/** Stands for an empty text, which could not be told from a field that is missing. */
const EMPTY = '~';
const PLAIN = /^[A-Za-z0-9._-]$/;

/**
 * Writes any text in letters, digits and `. _ - % ~` only, so that it can stand in a map of HAProxy, on its command line and
 * between the separators of a split line. Each UTF-16 code unit that is not plain becomes `%XX` or `%uXXXX`.
 */
export function textField(text: string): string {
  if (text === '') return EMPTY;
  return Array.from({ length: text.length }, (_, at) => unitField(text, at)).join('');
}

function unitField(text: string, at: number): string {
  const unit = text.charAt(at);
  if (PLAIN.test(unit)) return unit;
  const hex = text.charCodeAt(at).toString(16).toUpperCase();
  return hex.length <= 2 ? `%${hex.padStart(2, '0')}` : `%u${hex.padStart(4, '0')}`;
}

/** Reads what `textField` wrote. */
export function fieldText(field: string): string {
  if (field === EMPTY) return '';
  return field.replace(/%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g, (_, long?: string, short?: string) =>
    String.fromCharCode(Number.parseInt(long ?? short ?? '', 16)),
  );
}
