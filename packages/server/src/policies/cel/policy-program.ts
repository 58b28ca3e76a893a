import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Policy } from '@sluice/core/policy/policy.ts';
import { SAFE_MATCHES, withKubernetesFunctions } from './kubernetes-functions.ts';

/** Larger expressions are programs. */
const LIMITS = { maxAstNodes: 5_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000 };

/** What expressions of every policy can name. */
const VARIABLES = [
  ...['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables'],
  ...['release', 'component', 'plan', 'objects'],
];

const environment = VARIABLES.reduce(
  (all, name) => all.registerVariable(name, 'dyn'),
  withKubernetesFunctions(
    new Environment({ limits: LIMITS, enableOptionalTypes: true, homogeneousAggregateLiterals: false }),
  ),
);

/** A compiled expression. */
export type Expression = (facts: Readonly<Record<string, unknown>>) => unknown;

/** What is wrong with an expression, and where in its policy it stands. */
export interface ExpressionFault {
  /** `validations[0].expression` */
  readonly path: string;
  readonly message: string;
}

/** A policy that can be asked. */
export interface PolicyProgram {
  readonly conditions: readonly { readonly name: string; readonly holds: Expression }[];
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
  readonly validations: readonly {
    readonly text: string;
    readonly holds: Expression;
    readonly message: string | null;
    readonly words: Expression | null;
  }[];
  readonly annotations: readonly { readonly name: string; readonly value: Expression }[];
}

/** Compiles the expressions of a policy; whatever is wrong with any of them is told, and nothing is evaluated. */
export function policyProgram(
  policy: Policy,
): { readonly program: PolicyProgram } | { readonly faults: readonly ExpressionFault[] } {
  const faults: ExpressionFault[] = [];
  const known: string[] = [];
  const compile = (text: string, path: string, wanted: readonly string[]): Expression => {
    const compiled = expressionOf(text, { wanted, variables: known });
    if (typeof compiled !== 'string') return compiled;
    faults.push({ path, message: compiled });
    return () => undefined;
  };
  const { matchConditions, variables, validations, auditAnnotations } = policy;
  const program: PolicyProgram = {
    conditions: matchConditions.map(({ name, expression }, at) => ({
      name,
      holds: compile(expression, `matchConditions[${at}].expression`, ['bool', 'dyn']),
    })),
    variables: variables.map(({ name, expression }, at) => {
      const value = compile(expression, `variables[${at}].expression`, []);
      known.push(name);
      return { name, value };
    }),
    validations: validations.map(({ expression, message, messageExpression }, at) => ({
      text: expression,
      holds: compile(expression, `validations[${at}].expression`, ['bool', 'dyn']),
      message,
      words:
        messageExpression === null
          ? null
          : compile(messageExpression, `validations[${at}].messageExpression`, ['string', 'dyn']),
    })),
    annotations: auditAnnotations.map(({ name, expression }, at) => ({
      name,
      value: compile(expression, `auditAnnotations[${at}].valueExpression`, ['string', 'null', 'dyn']),
    })),
  };
  return faults.length > 0 ? { faults } : { program };
}

interface Demands {
  /** Types that it may have; empty: any. */
  readonly wanted: readonly string[];
  /** Names that `variables` has by then. */
  readonly variables: readonly string[];
}

/** The compiled expression, or what is wrong with it in words. */
function expressionOf(text: string, { wanted, variables }: Demands): Expression | string {
  try {
    const parsed = environment.parse(text);
    const unknown = unknownVariable(parsed.ast, variables);
    if (unknown !== undefined)
      return `variables.${unknown} is not declared before it; ${known('declared', variables)}`;
    useSafePatterns(parsed.ast);
    const { valid, type = 'dyn', error } = parsed.check();
    if (!valid) return inWords(error?.message ?? 'its types do not fit');
    if (wanted.length > 0 && !wanted.includes(type))
      return `it gives ${type}, where ${wanted.filter((one) => one !== 'dyn').join(' or ')} is wanted`;
    return evaluating(parsed);
  } catch (thrown) {
    return inWords(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const evaluating =
  (parsed: ParseResult): Expression =>
  (facts) =>
    parsed(facts);

/** The library draws the place below its message. */
function inWords(message: string): string {
  const [first = ''] = message.split('\n');
  if (/variable: authorizer/.test(first))
    return 'it asks authorizer, which is not available: no cluster is asked what a person may do';
  return /variable:/.test(first) ? `${first}; ${known('known', VARIABLES)}` : first;
}

const known = (word: string, names: readonly string[]): string =>
  names.length === 0 ? `none is ${word}` : `${word} are ${names.join(', ')}`;

interface Node {
  readonly op: string;
  args: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** Every part of an expression, those that macros will put elsewhere as well. */
function* partsOf(value: unknown): Iterable<Node> {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (Array.isArray(next)) waiting.push(...next);
    if (!isNode(next)) continue;
    yield next;
    waiting.push(next.args);
  }
}

/** Has `text.matches(pattern)` answered by RE2: the library's own patterns may run for ever. */
function useSafePatterns(ast: unknown): void {
  for (const part of partsOf(ast))
    if (part.op === 'rcall' && Array.isArray(part.args) && part.args[0] === 'matches')
      part.args[0] = SAFE_MATCHES;
}

function unknownVariable(ast: unknown, variables: readonly string[]): string | undefined {
  for (const { op, args } of partsOf(ast)) {
    if (op !== '.' || !Array.isArray(args)) continue;
    const [of, name] = args as [unknown, unknown];
    if (isNode(of) && of.op === 'id' && of.args === 'variables' && !variables.includes(String(name)))
      return String(name);
  }
  return undefined;
}
