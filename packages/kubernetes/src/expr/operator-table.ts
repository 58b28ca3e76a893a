import type { BinaryOperator } from './expression.ts';

/** How tightly an operator binds, and whether it takes its own kind from the right, as expr-lang 1.17 has it. */
export const BINARY: Readonly<
  Record<string, { readonly binds: number; readonly means: BinaryOperator | '|' }>
> = {
  '|': { binds: 0, means: '|' },
  or: { binds: 10, means: '||' },
  '||': { binds: 10, means: '||' },
  and: { binds: 15, means: '&&' },
  '&&': { binds: 15, means: '&&' },
  '==': { binds: 20, means: '==' },
  '!=': { binds: 20, means: '!=' },
  '<': { binds: 20, means: '<' },
  '>': { binds: 20, means: '>' },
  '>=': { binds: 20, means: '>=' },
  '<=': { binds: 20, means: '<=' },
  in: { binds: 20, means: 'in' },
  matches: { binds: 20, means: 'matches' },
  contains: { binds: 20, means: 'contains' },
  startsWith: { binds: 20, means: 'startsWith' },
  endsWith: { binds: 20, means: 'endsWith' },
  '..': { binds: 25, means: '..' },
  '+': { binds: 30, means: '+' },
  '-': { binds: 30, means: '-' },
  '*': { binds: 60, means: '*' },
  '/': { binds: 60, means: '/' },
  '%': { binds: 60, means: '%' },
  '**': { binds: 100, means: '**' },
  '^': { binds: 100, means: '**' },
  '??': { binds: 500, means: '??' },
};
/** Operators before a value. */
export const UNARY: Readonly<Record<string, { readonly binds: number; readonly means: '!' | '-' | '+' }>> = {
  not: { binds: 50, means: '!' },
  '!': { binds: 50, means: '!' },
  '-': { binds: 90, means: '-' },
  '+': { binds: 90, means: '+' },
};
/** Operators that may stand in a chain. */
export const COMPARISONS = new Set(['<', '>', '<=', '>=']);
/** Operators that `not` may stand before. */
export const NEGATABLE = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith']);
