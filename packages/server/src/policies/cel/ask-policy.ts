import type { PolicyFacts } from '@sluice/core/policy/policy.ts';
import type { Expression, PolicyProgram } from './policy-program.ts';

/** What a policy says of one component or object. */
export interface PolicyAnswer {
  /** False: one of its conditions is false. */
  readonly applies: boolean;
  /** Messages of the validations that are false. */
  readonly broken: readonly string[];
  /** Expressions without an answer, in words. */
  readonly failed: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Longer messages help nobody. */
const LONGEST_MESSAGE = 1_000;
/** Kubernetes takes no longer messages of an expression either. */
const LONGEST_SAID = 5_120;

/** Asks a policy, in the order in which Kubernetes does: conditions, then validations, with variables when they are needed. */
export function askPolicy(program: PolicyProgram, facts: PolicyFacts): PolicyAnswer {
  const seen = withVariables(program, celValue(facts) as Readonly<Record<string, unknown>>);
  const none: PolicyAnswer = { applies: false, broken: [], failed: [], annotations: {} };
  // A condition that is false ends it, whatever those have to say that have no answer.
  const conditions = program.conditions.map(({ name, holds }) => ({ name, ...tried(holds, seen) }));
  if (conditions.some((condition) => condition.value === false)) return none;
  const unclear = conditions.filter(({ value }) => value !== true);
  if (unclear.length > 0)
    return {
      ...none,
      applies: true,
      failed: unclear.map(({ name, why }) => `matchCondition ${name}: ${why}`),
    };
  const answers = program.validations.map((validation) => ({ validation, ...tried(validation.holds, seen) }));
  const said = program.annotations.map(({ name, value }) => ({ name, ...tried(value, seen, TEXT_OR_NULL) }));
  return {
    applies: true,
    broken: answers.flatMap(({ validation, value }) =>
      value === false ? [messageOf(validation, seen)] : [],
    ),
    failed: [
      ...answers.flatMap(({ validation, value, why }) =>
        typeof value === 'boolean' ? [] : [`expression \`${shortened(validation.text)}\`: ${why}`],
      ),
      ...said.flatMap(({ name, why }) => (why === '' ? [] : [`auditAnnotation ${name}: ${why}`])),
    ],
    annotations: Object.fromEntries(
      said.flatMap(({ name, value }) =>
        typeof value === 'string' && value !== '' ? [[name, shortened(value)]] : [],
      ),
    ),
  };
}

interface Tried {
  readonly value: unknown;
  /** Why there is no value that could be used. */
  readonly why: string;
}

interface Wanted {
  readonly fits: (value: unknown) => boolean;
  /** Why not, when it does not. */
  readonly otherwise: string;
}

const TRUE_OR_FALSE: Wanted = {
  fits: (value) => typeof value === 'boolean',
  otherwise: 'it is neither true nor false',
};
const TEXT_OR_NULL: Wanted = {
  fits: (value) => typeof value === 'string' || value === null,
  otherwise: 'it is neither a text nor null',
};

function tried(
  expression: Expression,
  facts: Readonly<Record<string, unknown>>,
  wanted: Wanted = TRUE_OR_FALSE,
): Tried {
  try {
    const value = expression(facts);
    return { value, why: wanted.fits(value) ? '' : wanted.otherwise };
  } catch (thrown) {
    const [first = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    return { value: undefined, why: shortened(first) };
  }
}

function messageOf(
  { text, message, words }: PolicyProgram['validations'][number],
  facts: Readonly<Record<string, unknown>>,
): string {
  const said = words === null ? undefined : tried(words, facts).value;
  if (typeof said === 'string' && said.trim() !== '' && !said.includes('\n') && said.length <= LONGEST_SAID)
    return shortened(said.trim());
  return message === null ? `failed expression: ${shortened(text.trim())}` : shortened(message);
}

const shortened = (text: string): string =>
  text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;

/** The facts with `variables`, each of which is evaluated when it is first asked for, and only then. */
function withVariables(
  { variables }: PolicyProgram,
  facts: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const named = {};
  const all = { ...facts, variables: named };
  for (const { name, value } of variables) {
    let outcome: { readonly value: unknown } | { readonly thrown: unknown } | undefined;
    Object.defineProperty(named, name, {
      enumerable: true,
      get: () => {
        outcome ??= attempt(() => value(all));
        if ('thrown' in outcome) throw outcome.thrown;
        return outcome.value;
      },
    });
  }
  return all;
}

function attempt(act: () => unknown): { readonly value: unknown } | { readonly thrown: unknown } {
  try {
    return { value: act() };
  } catch (thrown) {
    return { thrown };
  }
}

/** JSON as CEL sees it: whole numbers are ints, and only what is written down is there. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [[key, celValue(part)]])),
  );
}
