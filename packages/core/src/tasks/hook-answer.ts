import { isBefore, type HookSpec } from './hook-spec.ts';

/** What came back from a hook. */
export type HookAnswer =
  | { readonly kind: 'said'; readonly value: unknown }
  /** It failed, took too long, or said something that is no answer. */
  | { readonly kind: 'failed'; readonly message: string };

/** How many scores an answer may have, and how they may be called. */
export interface ScoreRules {
  readonly most: number;
  readonly name: RegExp;
}

/** What a hook's answer means. */
export interface HookVerdict {
  readonly isAllowed: boolean;
  /** Whether the hook itself failed. */
  readonly hasFailed: boolean;
  /** Why it is forbidden, or how the hook failed; empty where there is nothing to say. */
  readonly message: string;
  /** What it thinks of a result, by name, from 0 to 1; only after a task. */
  readonly scores: Readonly<Record<string, number>>;
}

const NO_SCORES: Readonly<Record<string, number>> = {};
const LONGEST_MESSAGE = 1_000;

/**
 * What an answer means. A hook says `{ "allow": false, "reason": "…" }` to forbid what is about to happen, and anything else
 * that is an object, or nothing at all, to allow it; after a task it may say `{ "scores": { "name": 0.9 } }`.
 */
export function hookVerdict(
  hook: Pick<HookSpec, 'at' | 'name' | 'onError'>,
  answer: HookAnswer,
  rules: ScoreRules,
): HookVerdict {
  if (answer.kind === 'failed') return failedVerdict(hook, answer.message);
  const { value } = answer;
  if (value === null || value === undefined) return { ...ALLOWED };
  if (typeof value !== 'object' || Array.isArray(value))
    return failedVerdict(hook, 'It said something that is no JSON object.');
  const { allow, reason, scores } = value as { allow?: unknown; reason?: unknown; scores?: unknown };
  if (allow !== undefined && typeof allow !== 'boolean')
    return failedVerdict(hook, 'What it said as `allow` is neither true nor false.');
  const message = typeof reason === 'string' ? reason.slice(0, LONGEST_MESSAGE) : '';
  if (allow === false && isBefore(hook.at))
    return { isAllowed: false, hasFailed: false, message, scores: NO_SCORES };
  if (hook.at !== 'after-task' || scores === undefined) return { ...ALLOWED, message };
  const read = scoresOf(scores, rules);
  if (read !== undefined) return { ...ALLOWED, message, scores: read };
  return failedVerdict(
    hook,
    `What it said as \`scores\` is no mapping from at most ${rules.most} names to numbers from 0 to 1.`,
  );
}

const ALLOWED: HookVerdict = { isAllowed: true, hasFailed: false, message: '', scores: NO_SCORES };

const failedVerdict = ({ at, onError }: Pick<HookSpec, 'at' | 'onError'>, message: string): HookVerdict => ({
  isAllowed: !isBefore(at) || onError === 'allow',
  hasFailed: true,
  message: message.slice(0, LONGEST_MESSAGE),
  scores: NO_SCORES,
});

function scoresOf(
  value: unknown,
  { most, name: form }: ScoreRules,
): Readonly<Record<string, number>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const isGood = ([name, score]: [string, unknown]): boolean =>
    form.test(name) && typeof score === 'number' && score >= 0 && score <= 1;
  return entries.length <= most && entries.every(isGood) ? Object.fromEntries(entries) : undefined;
}
