/** Characters that no reader sees: controls but line feed and tab, and those that turn the direction of writing round. */
const UNSEEN = /(?![\n\t])[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** A text without characters that cannot be seen; line ends become line feeds. Lone surrogates are replaced. */
export const seenText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(UNSEEN, '');

/** A text in one line: what breaks lines becomes a space, as a header and a title want it. */
export const oneLine = (text: string): string => seenText(text).replace(/\s+/g, ' ').trim();

/** A text of at most so many UTF-16 units, cut between characters and with an ellipsis when it was longer. */
export function boundedText(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, Math.max(0, length - 1));
  return `${cut.toWellFormed() === cut ? cut : cut.slice(0, -1)}…`;
}
