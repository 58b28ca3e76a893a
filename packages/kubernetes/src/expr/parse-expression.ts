import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { linearPattern } from './linear-pattern.ts';
import { exprFault } from './expr-value.ts';
import type { BinaryOperator, Expression } from './expression.ts';
import { EACH_FUNCTIONS, FUNCTION_NAMES } from './function-names.ts';
import { BINARY, COMPARISONS, NEGATABLE, UNARY } from './operator-table.ts';
import { readTokens, type Token } from './tokens.ts';

/** Longer than any condition that a person reads. */
const MAX_LENGTH = 4096;
const MAX_NODES = 1000;
const MAX_DEPTH = 60;

/** Reads an expression over `result`. Throws a fault with a column for whatever it cannot read or does not know. */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) throw exprFault(`the expression is longer than ${MAX_LENGTH} characters`, 1);
  if (text.trim() === '') throw exprFault('the expression is empty', 1);
  return new Parser(readTokens(text)).whole();
}

type Bare = Expression extends infer Each ? (Each extends Expression ? Omit<Each, 'column'> : never) : never;

/** One pass over the words of an expression. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #nodes = 0;
  #depth = 0;
  /** Predicates around the present place: only in one does `#` mean anything. */
  #predicates = 0;
  readonly #names: string[] = ['result'];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#expression(0);
    if (this.#is(';')) this.#next();
    if (this.#token.kind !== 'end') throw this.#unexpected();
    return expression;
  }

  get #token(): Token {
    const token = this.#tokens[this.#at] ?? this.#tokens.at(-1);
    if (token === undefined) throw exprFault('the expression is empty', 1);
    return token;
  }

  #next(): Token {
    const token = this.#token;
    this.#at += 1;
    return token;
  }

  #is(...texts: readonly string[]): boolean {
    const { kind, text } = this.#token;
    return (kind === 'operator' || kind === 'bracket') && texts.includes(text);
  }

  #expect(text: string): void {
    if (!this.#is(text)) throw exprFault(`${text} was expected, not ${this.#token.text}`, this.#token.column);
    this.#next();
  }

  #unexpected(): Error {
    return exprFault(`${this.#token.text} was not expected here`, this.#token.column);
  }

  #node(bare: Bare, column: number): Expression {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw exprFault(`the expression has more than ${MAX_NODES} parts`, column);
    return { ...bare, column } as Expression;
  }

  #expression(binds: number): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw exprFault(`the expression is nested more than ${MAX_DEPTH} deep`, this.#token.column);
    const expression = this.#expressionInside(binds);
    this.#depth -= 1;
    return expression;
  }

  #expressionInside(binds: number): Expression {
    if (binds === 0 && this.#is('let')) return this.#let();
    if (binds === 0 && this.#is('if')) return this.#if();
    let left = this.#primary();
    let before = '';
    for (;;) {
      const negated = this.#is('not') && NEGATABLE.has(this.#tokens[this.#at + 1]?.text ?? '');
      const token = negated ? this.#tokens[this.#at + 1] : this.#token;
      const operator = token?.kind === 'operator' ? BINARY[token.text] : undefined;
      if (token === undefined || operator === undefined || operator.binds < binds) break;
      if (before === '??' && token.text !== '??')
        throw exprFault(`${token.text} and ?? cannot be mixed; put one of them in parentheses`, token.column);
      this.#at += negated ? 2 : 1;
      left = this.#joined(left, operator, token);
      if (negated) left = this.#node({ kind: 'unary', operator: '!', operand: left }, token.column);
      before = token.text;
    }
    return binds === 0 ? this.#conditional(left) : left;
  }

  #joined(left: Expression, { binds, means }: (typeof BINARY)[string], token: Token): Expression {
    if (means === '|') return this.#call(this.#identifier(), left);
    if (COMPARISONS.has(means)) return this.#comparison(left, token);
    const right = this.#expression(means === '**' ? binds : binds + 1);
    // A pattern that is written out is read now, so that its faults are told before anything runs.
    if (means === 'matches' && right.kind === 'literal' && typeof right.value === 'string')
      checkPattern(right.value, right.column);
    return this.#node({ kind: 'binary', operator: means, left, right }, token.column);
  }

  /** `1 < x < 3` means that both hold. */
  #comparison(first: Expression, operator: Token): Expression {
    let left = first;
    let token = operator;
    let all: Expression | undefined;
    for (;;) {
      const right = this.#expression((BINARY['<']?.binds ?? 0) + 1);
      const one = this.#node(
        { kind: 'binary', operator: token.text as BinaryOperator, left, right },
        token.column,
      );
      all = all ? this.#node({ kind: 'binary', operator: '&&', left: all, right: one }, token.column) : one;
      if (!this.#is(...COMPARISONS)) return all;
      left = right;
      token = this.#next();
    }
  }

  #conditional(first: Expression): Expression {
    let condition = first;
    while (this.#is('?')) {
      const { column } = this.#next();
      const short = this.#is(':');
      const whenTrue = short ? condition : this.#expression(0);
      this.#expect(':');
      const whenFalse = this.#expression(0);
      condition = this.#node({ kind: 'conditional', condition, whenTrue, whenFalse }, column);
    }
    return condition;
  }

  #let(): Expression {
    const { column } = this.#next();
    const { text: name } = this.#identifier();
    this.#expect('=');
    const value = this.#expression(0);
    this.#expect(';');
    this.#names.push(name);
    const body = this.#expression(0);
    this.#names.pop();
    return this.#node({ kind: 'let', name, value, body }, column);
  }

  #if(): Expression {
    const { column } = this.#next();
    const condition = this.#expression(0);
    const whenTrue = this.#braced();
    this.#expect('else');
    const whenFalse = this.#is('if') ? this.#if() : this.#braced();
    return this.#node({ kind: 'conditional', condition, whenTrue, whenFalse }, column);
  }

  #braced(): Expression {
    this.#expect('{');
    const expression = this.#expression(0);
    this.#expect('}');
    return expression;
  }

  #primary(): Expression {
    const token = this.#token;
    const unary = token.kind === 'operator' ? UNARY[token.text] : undefined;
    if (unary) {
      this.#next();
      const operand = this.#expression(unary.binds);
      return this.#postfix(this.#node({ kind: 'unary', operator: unary.means, operand }, token.column));
    }
    if (this.#is('(')) {
      this.#next();
      const inner = this.#expression(0);
      this.#expect(')');
      return this.#postfix(inner);
    }
    if (this.#predicates > 0 && this.#is('#', '.')) return this.#postfix(this.#pointer());
    return this.#postfix(this.#operand());
  }

  #pointer(): Expression {
    const token = this.#token;
    if (token.text === '.') return this.#node({ kind: 'pointer', name: 'item' }, token.column);
    this.#next();
    const isNamed = this.#token.kind === 'identifier' && this.#token.column === token.column + 1;
    const name = isNamed ? this.#next().text : 'item';
    if (name !== 'item' && name !== 'acc' && name !== 'index')
      throw exprFault(`#${name} is unknown; there are #, #index and, in reduce, #acc`, token.column);
    return this.#node({ kind: 'pointer', name }, token.column);
  }

  #operand(): Expression {
    const token = this.#token;
    if (token.kind === 'value') {
      this.#next();
      return this.#node({ kind: 'literal', value: token.value }, token.column);
    }
    if (this.#is('[')) return this.#list();
    if (this.#is('{')) return this.#map();
    if (token.kind !== 'identifier') throw this.#unexpected();
    this.#next();
    const literal = LITERALS.get(token.text);
    if (literal !== undefined) return this.#node({ kind: 'literal', value: literal.value }, token.column);
    if (this.#is('(')) return this.#call(token, null);
    if (!this.#names.includes(token.text))
      throw exprFault(`unknown name ${token.text}; there is only result`, token.column);
    return this.#node({ kind: 'name', name: token.text }, token.column);
  }

  #identifier(): Token {
    if (this.#token.kind !== 'identifier') throw this.#unexpected();
    return this.#next();
  }

  /** @param first the argument that a pipe gives; null without one */
  #call(name: Token, first: Expression | null): Expression {
    this.#expect('(');
    if (EACH_FUNCTIONS.has(name.text)) return this.#each(name, first);
    if (!FUNCTION_NAMES.has(name.text)) throw exprFault(`unknown function ${name.text}`, name.column);
    const args = first === null ? [] : [first];
    const piped = args.length;
    while (!this.#is(')')) {
      if (args.length > piped) this.#expect(',');
      if (this.#is(')')) break;
      args.push(this.#expression(0));
    }
    this.#expect(')');
    return this.#node({ kind: 'call', name: name.text, args }, name.column);
  }

  #each(name: Token, first: Expression | null): Expression {
    const { predicateOptional, initial: takesInitial } = EACH_FUNCTIONS.get(name.text) ?? {};
    const list = first ?? this.#expression(0);
    if (first === null && !this.#is(')')) this.#expect(',');
    if (this.#is(')') && !predicateOptional)
      throw exprFault(`${name.text} needs a predicate, such as # > 0`, this.#token.column);
    const predicate = this.#is(')') ? null : this.#predicate();
    let initial: Expression | null = null;
    if (this.#is(',')) {
      this.#next();
      if (!this.#is(')') && takesInitial) initial = this.#expression(0);
    }
    this.#expect(')');
    return this.#node({ kind: 'each', name: name.text, list, predicate, initial }, name.column);
  }

  #predicate(): Expression {
    this.#predicates += 1;
    const predicate = this.#is('{') ? this.#braced() : this.#expression(0);
    this.#predicates -= 1;
    return predicate;
  }

  #list(): Expression {
    const { column } = this.#next();
    const items: Expression[] = [];
    while (!this.#is(']')) {
      if (items.length > 0) this.#expect(',');
      if (this.#is(']')) break;
      items.push(this.#expression(0));
    }
    this.#expect(']');
    return this.#node({ kind: 'list', items }, column);
  }

  #map(): Expression {
    const { column } = this.#next();
    const pairs: (readonly [Expression, Expression])[] = [];
    while (!this.#is('}')) {
      if (pairs.length > 0) this.#expect(',');
      if (this.#is('}')) break;
      const key = this.#mapKey();
      this.#expect(':');
      pairs.push([key, this.#expression(0)]);
    }
    this.#expect('}');
    return this.#node({ kind: 'map', pairs }, column);
  }

  #mapKey(): Expression {
    if (this.#is('(')) return this.#expression(0);
    const token = this.#token;
    if (token.kind !== 'identifier' && token.kind !== 'value') throw this.#unexpected();
    this.#next();
    const value = typeof token.value === 'string' ? token.value : token.text;
    return this.#node({ kind: 'literal', value }, token.column);
  }

  #postfix(first: Expression): Expression {
    let of = first;
    for (;;) {
      const { column } = this.#token;
      if (this.#is('.', '?.')) {
        const optional = this.#next().text === '?.';
        of = optional && this.#is('[') ? this.#bracketed(of, true) : this.#dotted(of, optional, column);
      } else if (this.#is('[')) of = this.#bracketed(of, false);
      else return of;
    }
  }

  #dotted(of: Expression, optional: boolean, column: number): Expression {
    const token = this.#next();
    if (token.kind !== 'identifier' && !(token.kind === 'operator' && /^\w+$/.test(token.text)))
      throw exprFault(`a name was expected, not ${token.text}`, token.column);
    if (this.#is('(')) throw exprFault(`${token.text}() is not there: results have no methods`, token.column);
    const property = this.#node({ kind: 'literal', value: token.text }, token.column);
    return this.#node({ kind: 'member', of, property, optional }, column);
  }

  #bracketed(of: Expression, optional: boolean): Expression {
    const { column } = this.#next();
    const from = this.#is(':') ? null : this.#expression(0);
    if (!this.#is(':')) {
      this.#expect(']');
      if (from === null) throw this.#unexpected();
      return this.#node({ kind: 'member', of, property: from, optional }, column);
    }
    this.#next();
    const to = this.#is(']') ? null : this.#expression(0);
    this.#expect(']');
    return this.#node({ kind: 'slice', of, from, to }, column);
  }
}

function checkPattern(source: string, column: number): void {
  try {
    linearPattern(source);
  } catch (thrown) {
    throw thrown instanceof SluiceError ? exprFault(thrown.message, column) : thrown;
  }
}

const LITERALS = new Map<string, { readonly value: boolean | null }>([
  ['true', { value: true }],
  ['false', { value: false }],
  ['nil', { value: null }],
]);
