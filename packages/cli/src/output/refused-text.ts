import type { Refused } from '../refused.ts';
import type { Style } from './style.ts';
import { harmless } from './text-width.ts';

/** A refusal for people: every fault of a file in a line of its own, then what is wrong and what to do. */
export function refusedText({ detail, remedy, faults = [] }: Refused, style: Style): string {
  const faultLines = faults.map(
    ({ file, line, column, message }) => `${style.paint('strong', `${file}:${line}:${column}`)}: ${message}`,
  );
  // A refused file says the same in its faults, with places.
  const what = faults.length > 0 ? [] : [`${style.paint('bad', style.symbols.failed)} ${detail}`];
  return [...faultLines, ...what, `  ${remedy}`].map(harmlessLine).join('\n');
}

const harmlessLine = (line: string): string =>
  line
    .split(/(\u001b\[[0-9;]*m)/)
    .map((part) => (part.startsWith('\u001b[') ? part : harmless(part)))
    .join('');
