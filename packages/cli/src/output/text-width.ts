import { stripVTControlCharacters } from 'node:util';

/** Width of a text on a terminal, in columns; colours have none. Every character counts as one. */
export const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;

/** Fills a text with spaces on the right up to a width. */
export const padRight = (text: string, width: number): string =>
  `${text}${' '.repeat(Math.max(0, width - widthOf(text)))}`;

/** Fills a text with spaces on the left up to a width. */
export const padLeft = (text: string, width: number): string =>
  `${' '.repeat(Math.max(0, width - widthOf(text)))}${text}`;

const ESCAPES = /\u001b\[[0-9;]*m/g;

/** Cuts a text, which may be coloured, to a width, and says with `more` that something is missing. */
export function cutTo(text: string, width: number, more: string): string {
  if (widthOf(text) <= width) return text;
  const room = Math.max(0, width - [...more].length);
  let used = 0;
  let cut = '';
  for (const part of text.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b[')) cut += part;
    else {
      const taken = [...part].slice(0, Math.max(0, room - used));
      cut += taken.join('');
      used += taken.length;
    }
  }
  const isColoured = text.search(ESCAPES) !== -1;
  return `${cut}${width >= [...more].length ? more : ''}${isColoured ? '\u001b[0m' : ''}`;
}

/** Removes what could move the cursor or change colours: text from elsewhere must not act on the terminal. */
export const harmless = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** Breaks a text into lines at spaces; a word that is too long stands alone. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}
