import type { ExprValue } from './expr-value.ts';

/** Operators between two values, in one spelling each: `or` is `||`, `^` is `**`. */
export type BinaryOperator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | 'matches'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | '..'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '**'
  | '??';

/** An expression as a tree; `column` counts from 1. */
export type Expression = { readonly column: number } & (
  | { readonly kind: 'literal'; readonly value: ExprValue }
  /** `result`, or a name that `let` gave. */
  | { readonly kind: 'name'; readonly name: string }
  /** `#`, `#acc` or `#index` in a predicate. */
  | { readonly kind: 'pointer'; readonly name: 'item' | 'acc' | 'index' }
  | { readonly kind: 'unary'; readonly operator: '!' | '-' | '+'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'member';
      readonly of: Expression;
      readonly property: Expression;
      /** `?.`: nil when what it is taken of is nil, and with it the whole chain. */
      readonly optional: boolean;
    }
  | {
      readonly kind: 'slice';
      readonly of: Expression;
      readonly from: Expression | null;
      readonly to: Expression | null;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  /** A function whose second argument is asked of every item; null where it may be left out. */
  | {
      readonly kind: 'each';
      readonly name: string;
      readonly list: Expression;
      readonly predicate: Expression | null;
      readonly initial: Expression | null;
    }
  | {
      readonly kind: 'let';
      readonly name: string;
      readonly value: Expression;
      readonly body: Expression;
    }
);
