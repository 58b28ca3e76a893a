import { formatDiagnostics } from '@sluice/config/diagnostics/format-diagnostics.ts';
import type { Refused } from '../refused.ts';
import type { Style } from './style.ts';
import { harmless } from './text-width.ts';

/** A refusal for people: the faults of a file at their places, or what is wrong; then what to do. */
export function refusedText({ detail, remedy, faults = [], text = '' }: Refused, style: Style): string {
  // A refused file says the same in its faults, with places.
  const what =
    faults.length > 0
      ? formatDiagnostics(
          faults.map(({ suggestion: _, ...fault }) => ({
            ...fault,
            endColumn: fault.endColumn ?? fault.column + 1,
          })),
          text,
        ).trimEnd()
      : detail;
  const mark = style.paint('bad', style.symbols.failed);
  return `${mark} ${indented(harmless(what))}\n  ${harmless(remedy)}`;
}

const indented = (text: string): string => text.replaceAll('\n', '\n  ').replaceAll(/[ ]+$/gm, '');
