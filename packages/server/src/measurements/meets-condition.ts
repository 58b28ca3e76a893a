import type { MeasurementCondition } from '@sluice/core/rollout/measurement-spec.ts';
import { compileCel } from '../expressions/cel-condition.ts';
import type { Answered, CompileCondition, MeasuredResult } from './measurement-ports.ts';

/** How one measurement went; `error` means that nothing was learnt: no data, no answer, or a condition without a value. */
export interface Measurement {
  readonly outcome: 'success' | 'failure' | 'inconclusive' | 'error';
  /** What was measured, for people; empty when nothing was. */
  readonly value: string;
  readonly message: string;
}

type Good = Extract<Answered, { ok: true }>;
type Languages = Extract<MeasurementCondition, { language: 'cel' | 'expr' }>;

/** Longer values are shown shortened, in characters. */
const SHOWN_VALUE = 400;
/** A condition that asks for it wants to see a value that is no number. */
const ASKS_FOR_NAN = /\bisnan\b/i;

/**
 * Judges what was measured. A missing value (an empty answer, or NaN, which 0 requests of 0 are) is no data: never a
 * failure, though every comparison with it is false.
 */
export function meetsCondition(
  condition: MeasurementCondition,
  answer: Good,
  compileExpr: CompileCondition,
): Measurement {
  const value = shownValue(answer.result);
  const none = (message: string): Measurement => ({ outcome: 'error', value, message });
  if (condition.language === 'outcome') return byOutcome(answer, value);
  if (answer.wentWell === false) return none(`The answer was ${value}, which holds no measurement.`);
  if (condition.language === 'range') return byRange(condition, answer.result, value);
  if (hasNan(answer.result) && !ASKS_FOR_NAN.test(`${condition.success} ${condition.failure}`))
    return none('No data: the value is NaN, as a ratio without requests is.');
  return byLanguage(condition, answer.result, value, condition.language === 'cel' ? compileCel : compileExpr);
}

function byOutcome({ wentWell, result }: Good, value: string): Measurement {
  if (wentWell === false) return { outcome: 'failure', value, message: `It did not go well: ${value}.` };
  if (wentWell === null && isEmpty(result))
    return { outcome: 'error', value, message: 'No data: nothing was found.' };
  return { outcome: 'success', value, message: `It went well: ${value}.` };
}

function byRange(
  { min, max }: Extract<MeasurementCondition, { language: 'range' }>,
  result: MeasuredResult,
  value: string,
): Measurement {
  const none = (message: string): Measurement => ({ outcome: 'error', value, message });
  if (isEmpty(result)) return none('No data: the query found nothing.');
  if (Array.isArray(result) && result.length > 1)
    return none(
      `There are ${result.length} values where one is needed; join them in the query, as with sum().`,
    );
  const number = numberIn(result);
  if (number === undefined) return none(`${value} is no number.`);
  if (Number.isNaN(number)) return none('No data: the value is NaN, as a ratio without requests is.');
  const bounds = [...(min === null ? [] : [`from ${min}`]), ...(max === null ? [] : [`to ${max}`])].join(' ');
  const isInside = number >= (min ?? Number.NEGATIVE_INFINITY) && number <= (max ?? Number.POSITIVE_INFINITY);
  const message = isInside
    ? `${value} is in the range ${bounds}.`
    : `${value} is not in the range ${bounds}.`;
  return { outcome: isInside ? 'success' : 'failure', value, message };
}

function byLanguage(
  { success, failure }: Languages,
  result: MeasuredResult,
  value: string,
  compile: CompileCondition,
): Measurement {
  const failed = failure === null ? null : holds(failure, result, compile);
  const succeeded = success === null ? null : holds(success, result, compile);
  for (const held of [failed, succeeded])
    if (typeof held === 'string') {
      const reason = isEmpty(result) ? 'No data: the query found nothing' : 'The condition has no value';
      return { outcome: 'error', value, message: `${reason}: ${held}.` };
    }
  if (failed === true) return { outcome: 'failure', value, message: `${value}: \`${failure}\` holds.` };
  if (succeeded === true) return { outcome: 'success', value, message: `${value}: \`${success}\` holds.` };
  if (succeeded === false && failed === null)
    return { outcome: 'failure', value, message: `${value}: \`${success}\` does not hold.` };
  if (succeeded === null)
    return {
      outcome: 'success',
      value,
      message: failure === null ? `${value} was measured.` : `${value}: \`${failure}\` does not hold.`,
    };
  return {
    outcome: 'inconclusive',
    value,
    message: `${value}: neither \`${success}\` nor \`${failure}\` holds.`,
  };
}

/** Whether a condition holds; or, as a text, why nobody can say. */
function holds(text: string, result: MeasuredResult, compile: CompileCondition): boolean | string {
  const compiled = compile(text);
  if (!compiled.ok) return compiled.refusal.message;
  try {
    const held = compiled.value({ result });
    return typeof held === 'boolean' ? held : `\`${text}\` gives ${String(held)}, neither true nor false`;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return `\`${text}\`: ${message.split('\n')[0]}`;
  }
}

function isEmpty(result: MeasuredResult): boolean {
  return result === null || (Array.isArray(result) && result.length === 0);
}

function hasNan(result: MeasuredResult): boolean {
  if (Array.isArray(result)) return result.some(hasNan);
  return typeof result === 'number' && Number.isNaN(result);
}

/** A number, a text of one, or a list with just one. */
function numberIn(result: MeasuredResult): number | undefined {
  if (typeof result === 'number') return result;
  if (Array.isArray(result)) return result.length === 1 ? numberIn(result[0] as MeasuredResult) : undefined;
  if (typeof result !== 'string' || result.trim() === '' || Number.isNaN(Number(result))) return undefined;
  return Number(result);
}

function shownValue(result: MeasuredResult): string {
  if (typeof result === 'number') return String(result);
  if (Array.isArray(result) && result.every((one) => typeof one === 'number'))
    return `[${result.join(', ')}]`;
  const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
  return text.length > SHOWN_VALUE ? `${text.slice(0, SHOWN_VALUE)}…` : text;
}
