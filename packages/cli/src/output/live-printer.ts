import type { Output } from '../world.ts';
import { cutTo, widthOf } from './text-width.ts';

/** Redraws some lines at the bottom of a terminal. */
export interface LivePrinter {
  /** Replaces what was drawn before. */
  draw(lines: readonly string[]): void;
  /** Prints lines that stay, above what is drawn. */
  keep(lines: readonly string[]): void;
  /** Leaves what was drawn last and gives the cursor back; can be called twice. */
  end(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
/** What is drawn for when the terminal does not tell its size. */
const USUAL = { columns: 80, rows: 24 } as const;

/** Draws on a terminal. Lines are cut to its width and height, as they are at that moment. */
export function livePrinter(output: Output, more: string): LivePrinter {
  let drawn: readonly string[] = [];
  let isHidden = false;
  const size = () => {
    const { columns, rows } = output.size();
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  };
  // After the terminal became narrower, a line that was drawn may fill several rows.
  const rowsOf = (line: string): number => Math.max(1, Math.ceil(widthOf(line) / size().columns));
  const rewind = (): string => {
    const rows = drawn.reduce((sum, line) => sum + rowsOf(line), 0);
    return `${rows > 0 ? `\u001b[${rows}A` : ''}\r${CLEAR_BELOW}`;
  };
  return {
    draw: (lines) => {
      const fitting = fit(lines, size(), more);
      const cursor = isHidden ? '' : HIDE_CURSOR;
      isHidden = true;
      output.write(`${cursor}${rewind()}${fitting.map((line) => `${line}\n`).join('')}`);
      drawn = fitting;
    },
    keep: (lines) => {
      output.write(`${rewind()}${lines.map((line) => `${line}\n`).join('')}`);
      drawn = [];
    },
    end: () => {
      if (isHidden) output.write(SHOW_CURSOR);
      isHidden = false;
      drawn = [];
    },
  };
}

/** One row stays free for the cursor, and the last column because writing into it wraps on some terminals. */
function fit(
  lines: readonly string[],
  { columns, rows }: { columns: number; rows: number },
  more: string,
): readonly string[] {
  const room = Math.max(1, rows - 1);
  const width = Math.max(1, columns - 1);
  const cut = (line: string) => cutTo(line, width, more);
  if (lines.length <= room) return lines.map(cut);
  return [...lines.slice(0, room - 1), `${more} ${lines.length - room + 1} more lines`].map(cut);
}
