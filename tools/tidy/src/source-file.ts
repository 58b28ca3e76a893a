import { type Comment, type Node, type ParseResult, type Program, parseSync } from 'oxc-parser';
import { syntaxNodesOf } from './syntax-nodes.ts';

/** One text file of the repository; TypeScript is parsed when a rule first asks, and only once. */
export class SourceFile {
  /** Path relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  #parsed: ParseResult | undefined;
  #lineStarts: readonly number[] | undefined;
  #nodes: readonly Node[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The file's lines without their line ends; the empty text after a last line end is no line. */
  get lines(): readonly string[] {
    const lines = this.text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get program(): Program {
    return this.#parse().program;
  }

  /** Every node of the syntax tree, parents before children. */
  get nodes(): readonly Node[] {
    this.#nodes ??= syntaxNodesOf(this.program);
    return this.#nodes;
  }

  get comments(): readonly Comment[] {
    return this.#parse().comments;
  }

  get syntaxErrors(): ParseResult['errors'] {
    return this.#parse().errors;
  }

  /** The line, counted from 1, on which the character at `offset` stands. */
  lineAt(offset: number): number {
    this.#lineStarts ??= lineStartsOf(this.text);
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  #parse(): ParseResult {
    this.#parsed ??= parseSync(this.path, this.text);
    return this.#parsed;
  }
}

/** True for a file that only tests use: a test, a contract that tests run, or their support code. */
export function isTestCode(path: string): boolean {
  return (
    /\.(test|contract)\.ts$/.test(path) || /\/testing\//.test(path) || /^packages\/[^/]+\/test\//.test(path)
  );
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
