import { exprFault } from './expr-value.ts';
import { parsePattern, type PatternNode } from './parse-pattern.ts';

/** Instructions of one pattern; repetitions with counts are written out. */
const MAX_INSTRUCTIONS = 2000;
/** Instructions times characters; the longest text that a pattern of fifty instructions may be asked of has a million. */
const MAX_WORK = 50_000_000;

type Instruction =
  | { readonly do: 'character'; readonly accepts: (code: number) => boolean }
  | { readonly do: 'split'; readonly to: readonly number[] }
  | { readonly do: 'assert'; readonly holds: (before: number, after: number) => boolean }
  | { readonly do: 'accept' };

/** A regular expression whose cost grows with the length of the text and no faster. */
export interface LinearPattern {
  /** Instructions; the cost of a test is this times the length of the text. */
  readonly size: number;
  /** Whether the pattern is found anywhere in the text. Throws a fault when the text is too long for it. */
  test(text: string): boolean;
}

/**
 * Compiles a regular expression in the syntax of RE2, without capture and look-around, to a set of states that is moved
 * over the text once (Thompson 1968, as in RE2). Throws a fault for a pattern that cannot be read.
 */
export function linearPattern(source: string): LinearPattern {
  const { node, ignoreCase } = parsePattern(source);
  const program: Instruction[] = [];
  emit(node, program);
  program.push({ do: 'accept' });
  return { size: program.length, test: (text) => search(program, ignoreCase ? text.toLowerCase() : text) };
}

function emit(node: PatternNode, program: Instruction[]): void {
  if (program.length > MAX_INSTRUCTIONS) throw exprFault('the regular expression is too large');
  switch (node.kind) {
    case 'character':
      program.push({ do: 'character', accepts: node.accepts });
      return;
    case 'assert':
      program.push({ do: 'assert', holds: node.holds });
      return;
    case 'sequence':
      for (const part of node.parts) emit(part, program);
      return;
    case 'choice':
      return emitChoice(node.choices, program);
    case 'repeat':
      return emitRepeat(node, program);
  }
}

function emitChoice(choices: readonly PatternNode[], program: Instruction[]): void {
  const entries: number[] = [];
  const split = reserve(program);
  const jumps: number[] = [];
  for (const choice of choices) {
    entries.push(program.length);
    emit(choice, program);
    jumps.push(reserve(program));
  }
  program[split] = { do: 'split', to: entries };
  for (const jump of jumps) program[jump] = { do: 'split', to: [program.length] };
}

function emitRepeat(
  { node, least, most }: Extract<PatternNode, { kind: 'repeat' }>,
  program: Instruction[],
): void {
  for (let count = 0; count < least; count++) emit(node, program);
  if (most === null) {
    const split = reserve(program);
    emit(node, program);
    program.push({ do: 'split', to: [split] });
    program[split] = { do: 'split', to: [split + 1, program.length] };
    return;
  }
  const exits: number[] = [];
  for (let count = least; count < most; count++) {
    exits.push(reserve(program));
    emit(node, program);
  }
  for (const exit of exits) program[exit] = { do: 'split', to: [exit + 1, program.length] };
}

/** A place for an instruction that is known later. */
const reserve = (program: Instruction[]): number => program.push({ do: 'split', to: [] }) - 1;

function search(program: readonly Instruction[], text: string): boolean {
  if (program.length * text.length > MAX_WORK)
    throw exprFault('the text is too long for the regular expression');
  const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let states = new Set<number>();
  for (let at = 0; at <= characters.length; at++) {
    const [before, after] = [characters[at - 1] ?? -1, characters[at] ?? -1];
    // A match may begin at every place.
    const reached = closure(program, [...states, 0], before, after);
    if (reached.accepted) return true;
    const next = new Set<number>();
    for (const state of reached.states) {
      const instruction = program[state];
      if (instruction?.do === 'character' && after >= 0 && instruction.accepts(after)) next.add(state + 1);
    }
    states = next;
  }
  return false;
}

/** All states that are reached without taking a character. */
function closure(
  program: readonly Instruction[],
  from: readonly number[],
  before: number,
  after: number,
): { readonly states: ReadonlySet<number>; readonly accepted: boolean } {
  const states = new Set<number>();
  const open = [...from];
  while (open.length > 0) {
    const state = open.pop() ?? 0;
    if (states.has(state)) continue;
    states.add(state);
    const instruction = program[state];
    if (instruction?.do === 'accept') return { states, accepted: true };
    if (instruction?.do === 'split') open.push(...instruction.to);
    if (instruction?.do === 'assert' && instruction.holds(before, after)) open.push(state + 1);
  }
  return { states, accepted: false };
}
