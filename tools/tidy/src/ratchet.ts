import type { Finding } from './finding.ts';
import type { Measure } from './measure.ts';

/** Path of the file that holds the worst values, relative to the repository. */
export const ratchetPath = 'tools/tidy/ratchet.txt';

/** The worst value allowed of each measure, by the measure's name. */
export type Ratchet = ReadonlyMap<string, number>;

const header = `# The worst values in the code base. They may only go down: \`npm run tidy -- --update\` lowers them.
`;

/** Reads \`name value\` lines; lines that start with # are for people. */
export function parseRatchet(text: string): Ratchet {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => line.split(/\s+/)).map(([name = '', value]) => [name, Number(value)]));
}

/** Renders the measures with the place that has each worst value. */
export function renderRatchet(values: readonly Measure[]): string {
  const lines = values.map(
    ({ name, value, file }) => `${name.padEnd(17)}${String(value).padStart(4)}  ${file}`,
  );
  return `${header}${lines.join('\n')}\n`;
}

/** One finding per measure that is worse than the ratchet allows, or that it does not list. */
export function compareWithRatchet(measures: readonly Measure[], ratchet: Ratchet): Finding[] {
  return measures.flatMap((measure) => {
    const allowed = ratchet.get(measure.name);
    if (allowed !== undefined && measure.value <= allowed) return [];
    const problem =
      allowed === undefined
        ? `${measure.name} is not in ${ratchetPath}`
        : `${measure.name} would rise from ${allowed} to ${measure.value}`;
    const remedy =
      allowed === undefined ? 'run `npm run tidy -- --update`' : 'split it; the ratchet may only go down';
    return [{ file: measure.file, line: measure.line, rule: 'ratchet', problem, remedy }];
  });
}

/** The ratchet after an update: each value is lowered to what was measured, and none is raised. */
export function lowerRatchet(measures: readonly Measure[], ratchet: Ratchet): Measure[] {
  return measures.map((measure) => ({
    ...measure,
    value: Math.min(measure.value, ratchet.get(measure.name) ?? measure.value),
  }));
}

/** Measures that have become better than the ratchet records. */
export function slackOf(measures: readonly Measure[], ratchet: Ratchet): Measure[] {
  return measures.filter(({ name, value }) => value < (ratchet.get(name) ?? value));
}
