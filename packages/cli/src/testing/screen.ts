import type { Output } from '../world.ts';

/** A terminal that understands as much as the command line writes: lines, moving up, clearing below, the cursor. */
export interface Screen extends Output {
  /** What a person sees, without the spaces at the ends of lines. */
  lines(): readonly string[];
  readonly cursorIsHidden: boolean;
  resize(columns: number, rows: number): void;
}

const ESCAPE = '\u001b';
const SEQUENCE = new RegExp(`${ESCAPE}\\[(\\?25[lh]|\\d*A|0?J|[\\d;]*m)|\\r|\\n|\\P{Cc}`, 'gu');

/** Makes a terminal of a size. Text that is too long wraps into the next row, as on a real one. */
export function screen(columns: number, rows: number): Screen {
  return new VirtualScreen(columns, rows);
}

class VirtualScreen implements Screen {
  readonly isTerminal = true;
  cursorIsHidden = false;
  #columns: number;
  #rows: number;
  #grid: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  size(): { columns: number; rows: number } {
    return { columns: this.#columns, rows: this.#rows };
  }

  /** Rewraps what stands there, as terminals do. */
  resize(columns: number, rows: number): void {
    const width = columns || 1;
    const rewrapped = this.#grid.flatMap((line) => {
      const parts: string[][] = [];
      for (let at = 0; at < Math.max(1, line.length); at += width) parts.push(line.slice(at, at + width));
      return parts;
    });
    this.#row += rewrapped.length - this.#grid.length;
    this.#grid = rewrapped;
    [this.#columns, this.#rows] = [columns, rows];
  }

  lines(): readonly string[] {
    const lines = this.#grid.map((cells) => cells.join('').trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  write(text: string): void {
    for (const [token, order] of text.matchAll(SEQUENCE)) {
      if (order !== undefined) this.#obey(order);
      else if (token === '\r') this.#column = 0;
      else if (token === '\n') this.#newLine();
      else this.#put(token);
    }
  }

  #obey(order: string): void {
    if (order.startsWith('?25')) this.cursorIsHidden = order.endsWith('l');
    else if (order.endsWith('A')) this.#row = Math.max(0, this.#row - Number(order.slice(0, -1) || 1));
    else if (order.endsWith('J')) {
      this.#grid.length = this.#row + 1;
      this.#grid[this.#row]?.splice(this.#column);
    }
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    this.#grid[this.#row] ??= [];
  }

  #put(character: string): void {
    if (this.#columns > 0 && this.#column >= this.#columns) this.#newLine();
    const line = this.#grid[this.#row];
    if (line) line[this.#column] = character;
    this.#column += 1;
  }
}
