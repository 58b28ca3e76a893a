import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAverage, machineShape } from './machine-shape.ts';

/** A goal, and what was measured. */
export interface GoalLine {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

/** What a result file says: how it was measured, whether the goals are met, and tables. */
export interface ResultFile {
  readonly title: string;
  /** One paragraph each. */
  readonly method: readonly string[];
  /** The command that measures it again. */
  readonly again: string;
  /** The load average before the first measurement: others may have used the machine. */
  readonly loadBefore: string;
  readonly goals: readonly GoalLine[];
  readonly sections: readonly { readonly title: string; readonly text: readonly string[] }[];
}

/** Where the published figures lie. */
export const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/** Writes a result file into a folder and returns its path. */
export function writeResultFile(folder: string, name: string, result: ResultFile): string {
  mkdirSync(folder, { recursive: true });
  const path = `${folder.replace(/\/$/, '')}/${name}`;
  writeFileSync(path, resultText(result));
  return path;
}

function resultText(result: ResultFile): string {
  const { title, method, again, loadBefore, goals, sections } = result;
  const date = new Date().toISOString().slice(0, 10);
  return [
    `# ${title}`,
    '',
    ...method.flatMap((paragraph) => [paragraph, '']),
    `Machine: ${machineShape()}. Load average (1, 5, 15 min) before ${loadBefore}, after ${loadAverage()}. ${date}.`,
    `Again: \`${again}\``,
    '',
    ...(goals.length > 0 ? ['## Goals', '', ...goals.map(goalLine), ''] : []),
    ...sections.flatMap((section) => [`## ${section.title}`, '', ...section.text, '']),
  ].join('\n');
}

/** Whether a goal is met, and what was measured. */
export const goalWords = ({ goal, measured, met }: GoalLine): string =>
  `${met ? 'met' : 'MISSED'}: ${goal}; measured ${measured}`;

const goalLine = (line: GoalLine): string => `- ${goalWords(line)}`;
