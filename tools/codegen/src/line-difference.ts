import { diff } from 'node:util';

/** Unchanged lines shown around a change. */
const contextLines = 2;

/** Lines after which a difference is cut: who wants all of it runs the generator and asks git. */
const mostLines = 60;

/** Shows how `wanted` differs from `present`, line by line as `-` and `+`; empty when they are equal. */
export function lineDifference(present: string, wanted: string): string {
  if (present === wanted) return '';
  // An operation is -1 for a line that only the second list has; "only present" is what goes away.
  const changes = diff(wanted.split('\n'), present.split('\n'));
  const signs = new Map<number, string>([
    [-1, '-'],
    [0, ' '],
    [1, '+'],
  ]);
  const near = changes.map((_, at) =>
    changes
      .slice(Math.max(0, at - contextLines), at + contextLines + 1)
      .some(([operation]) => operation !== 0),
  );
  const lines = changes
    .filter((_, at) => near[at])
    .map(([operation, line]) => `${signs.get(operation)}${line}`);
  const cut =
    lines.length > mostLines
      ? [...lines.slice(0, mostLines), `… ${lines.length - mostLines} more lines`]
      : lines;
  return cut.join('\n');
}
