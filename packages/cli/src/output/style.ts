import { styleText } from 'node:util';
import type { World } from '../world.ts';

/** What text can mean; colours follow from it. */
export type Tone = 'good' | 'bad' | 'warn' | 'strong' | 'dim' | 'accent';

/** The marks in front of lines. */
export interface Symbols {
  readonly done: string;
  readonly present: string;
  readonly todo: string;
  readonly failed: string;
  readonly held: string;
  readonly full: string;
  readonly empty: string;
  readonly more: string;
  readonly arrow: string;
}

/** How output looks on one terminal. */
export interface Style {
  paint(tone: Tone, text: string): string;
  readonly symbols: Symbols;
}

const UNICODE: Symbols = {
  done: '✔',
  present: '▶',
  todo: '·',
  failed: '✘',
  held: '‖',
  full: '█',
  empty: '░',
  more: '…',
  arrow: '→',
};

const ASCII: Symbols = {
  done: '+',
  present: '>',
  todo: '.',
  failed: 'x',
  held: '=',
  full: '#',
  empty: '-',
  more: '...',
  arrow: '->',
};

const COLOURS = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  strong: 'bold',
  dim: 'dim',
  accent: 'cyan',
} as const;

/** Text without colours, in ASCII or not. */
export const plainStyle = (options: { unicode: boolean }): Style => ({
  paint: (_tone, text) => text,
  symbols: options.unicode ? UNICODE : ASCII,
});

/** Text with colours, for a terminal. */
export const colourStyle = (options: { unicode: boolean }): Style => ({
  paint: (tone, text) => (text === '' ? '' : styleText(COLOURS[tone], text, { validateStream: false })),
  symbols: options.unicode ? UNICODE : ASCII,
});

/** Colours only where a person looks and wants them; other characters than ASCII only where the locale has them. */
export function styleOf(world: Pick<World, 'environment' | 'stdout'>): Style {
  const { environment, stdout } = world;
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  const options = { unicode: /utf-?8/i.test(locale) };
  const wantsColour = !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  return isLive(world) && stdout.isTerminal && wantsColour ? colourStyle(options) : plainStyle(options);
}

/** Whether a person looks on: a terminal, and not the log of a CI job. */
export function isLive({ environment, stdout }: Pick<World, 'environment' | 'stdout'>): boolean {
  const inCi = environment['CI'] !== undefined && environment['CI'] !== '' && environment['CI'] !== 'false';
  return stdout.isTerminal && !inCi;
}
