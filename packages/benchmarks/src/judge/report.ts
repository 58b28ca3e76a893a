import { availableParallelism, cpus, totalmem } from 'node:os';

/** A part of a result file: tables as text, and one line per comparison with the published figures. */
export interface Section {
  readonly title: string;
  readonly text: readonly string[];
  readonly comparisons: readonly string[];
}

/** What the numbers came from, at the head of each result file. */
export interface ReportHead {
  readonly title: string;
  readonly method: readonly string[];
  readonly scale: number;
  readonly seconds: number;
}

/** Writes a result file: head with the machine's shape, comparisons first, then the tables. */
export function writeReport(head: ReportHead, sections: readonly Section[]): string {
  const comparisons = sections.flatMap((section) => section.comparisons).map((line) => `- ${line}`);
  return [
    `# ${head.title}`,
    '',
    ...head.method,
    '',
    `Machine: ${machineShape()}. Scale ${head.scale} of the full number of rollouts; ${Math.round(head.seconds)} s of wall time on a machine shared with other work.`,
    `Again: \`node packages/benchmarks/src/judge/main.ts --scale ${head.scale}\`; the seeds are fixed.`,
    '',
    ...(comparisons.length > 0 ? ['## Against the published figures', '', ...comparisons, ''] : []),
    ...sections.flatMap((section) => [`## ${section.title}`, '', ...section.text, '']),
  ].join('\n');
}

/** A Markdown table. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

/** Writes a part (0 to 1) as a whole percentage. */
export const percent = (part: number): string => `${Number((part * 100).toFixed(2))}%`;

function machineShape(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${model}), ${gigabytes} GB memory, Node ${process.version}`;
}
