import { stripVTControlCharacters } from 'node:util';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Emoji and the letters of East Asia fill two columns. */
const WIDE =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const ESCAPE = '\u001b[';
const COLOURS = new RegExp(`(${ESCAPE.replace('[', '\\[')}[0-9;]*m)`);
const RESET = `${ESCAPE}0m`;

/** Width of a text on a terminal, in columns; colours have none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text))) width += columnsOf(segment);
  return width;
}

/** Fills a text with spaces on the right up to a width. */
export const padRight = (text: string, width: number): string =>
  `${text}${' '.repeat(Math.max(0, width - widthOf(text)))}`;

/** Fills a text with spaces on the left up to a width. */
export const padLeft = (text: string, width: number): string =>
  `${' '.repeat(Math.max(0, width - widthOf(text)))}${text}`;

/** Cuts a text, which may be coloured, to a width, and says with `more` that something is missing. */
export function cutTo(text: string, width: number, more: string): string {
  if (widthOf(text) <= width) return text;
  const mark = widthOf(more) <= width ? more : '';
  let room = width - widthOf(mark);
  let cut = '';
  for (const part of text.split(COLOURS)) {
    if (part.startsWith(ESCAPE)) cut += part;
    else {
      const taken = beginningOf(part, room);
      cut += taken;
      room = taken === part ? room - widthOf(taken) : 0;
    }
  }
  return `${cut}${mark}${COLOURS.test(text) ? RESET : ''}`;
}

/** Removes what could move the cursor or change colours: text from elsewhere must not act on the terminal. */
export const harmless = (text: string): string =>
  stripVTControlCharacters(text).replace(/\p{Cc}/gu, (control) => (/[\n\t]/.test(control) ? control : ''));

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

const columnsOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);

function beginningOf(text: string, width: number): string {
  let room = width;
  let beginning = '';
  for (const { segment } of graphemes.segment(text)) {
    room -= columnsOf(segment);
    if (room < 0) break;
    beginning += segment;
  }
  return beginning;
}
