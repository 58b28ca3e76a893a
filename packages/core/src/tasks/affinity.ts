/**
 * Which worker a task goes to, beyond what a worker must be able to do. What a task asks for is the name of the line that it
 * stands in, so that a claim finds what it may take without looking at what it may not: see docs/decisions/0016.
 */

/** `key=value`, as a worker says it of itself. */
export type Label = string;

/** Which worker a task is for. */
export interface Affinity {
  /** Only workers with all of these labels. */
  readonly require: readonly Label[];
  /** Workers with all of these labels, while one has room; after a moment any. */
  readonly prefer: readonly Label[];
  /** Not workers with one of these labels, while another has room; after a moment any. */
  readonly avoid: readonly Label[];
}

/** Everything that the name of a line says. */
export interface LaneParts extends Affinity {
  /** What a worker must be able to do. */
  readonly abilities: readonly string[];
  /** Whether some of its tasks are to be apart from who had another one. */
  readonly isApart: boolean;
  /** The fairness key, where keys have limits of their own. */
  readonly key: string | null;
}

/** So long a task waits for a worker that it prefers, in ms; then it is better than nothing. */
export const PATIENCE_MS = 2_000;

const PREFER = '?';
const AVOID = '!';
const APART = '^';
const KEY = '~';

/** Whether a text can be a label. */
export const isLabel = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}=[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}$/.test(text);

/** Whether something that a worker says of itself is a label, and not an ability. */
export const saysLabel = (ability: string): boolean => ability.includes('=');

/** The name of a line: what tasks ask for, in one order, so that tasks that ask for the same stand in one line. */
export function laneNamed({ abilities, require, prefer, avoid, isApart, key }: LaneParts): string {
  const hard = new Set([...abilities, ...require]);
  const soft = new Set([...prefer.map((label) => PREFER + label), ...avoid.map((label) => AVOID + label)]);
  return [
    ...[...hard].toSorted(),
    ...[...soft].toSorted(),
    ...(isApart ? [APART] : []),
    ...(key === null ? [] : [KEY + encodeURIComponent(key.toWellFormed())]),
  ].join(',');
}

/** Reads the name of a line. */
export function partsOfLane(lane: string): LaneParts {
  const elements = lane === '' ? [] : lane.split(',');
  const marked = (mark: string): string[] =>
    elements.filter((element) => element.startsWith(mark)).map((element) => element.slice(1));
  const plain = elements.filter((element) => ![PREFER, AVOID, APART, KEY].includes(element[0] ?? ''));
  const [key] = marked(KEY);
  return {
    abilities: plain.filter((element) => !saysLabel(element)),
    require: plain.filter(saysLabel),
    prefer: marked(PREFER),
    avoid: marked(AVOID),
    isApart: elements.includes(APART),
    key: key === undefined ? null : decodeURIComponent(key),
  };
}

/** Whether workers may be given what has waited so long in a line. */
export function maySuit(
  { abilities, require, prefer, avoid }: Affinity & Pick<LaneParts, 'abilities'>,
  own: ReadonlySet<string>,
  waitedMs: number,
): boolean {
  if (![...abilities, ...require].every((needed) => own.has(needed))) return false;
  if (waitedMs >= PATIENCE_MS) return true;
  return prefer.every((label) => own.has(label)) && !avoid.some((label) => own.has(label));
}
