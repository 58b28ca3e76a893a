import type { JsonValue } from '@sluice/core/kernel/json.ts';
import type { ExprFunction } from './expr-function.ts';
import { exprFault, exprValueOf, type ExprValue, isList, isMap, kindOf } from './expr-value.ts';
import { within } from './size-limits.ts';

const text = (name: string, value: ExprValue | undefined): string => {
  if (typeof value !== 'string') throw exprFault(`${name} needs a text, not ${kindOf(value ?? null)}`);
  return value;
};

/** Functions of expr-lang about texts. */
export const TEXT_FUNCTIONS: Readonly<Record<string, ExprFunction>> = {
  upper: { takes: [1, 1], gives: ([of]) => text('upper', of).toUpperCase() },
  lower: { takes: [1, 1], gives: ([of]) => text('lower', of).toLowerCase() },
  trim: { takes: [1, 2], gives: ([of, characters]) => trimmed(text('trim', of), characters) },
  trimPrefix: { takes: [2, 2], gives: ([of, prefix]) => withoutPrefix(text('trimPrefix', of), prefix) },
  trimSuffix: { takes: [2, 2], gives: ([of, suffix]) => withoutSuffix(text('trimSuffix', of), suffix) },
  hasPrefix: {
    takes: [2, 2],
    gives: ([of, prefix]) => text('hasPrefix', of).startsWith(text('hasPrefix', prefix)),
  },
  hasSuffix: {
    takes: [2, 2],
    gives: ([of, suffix]) => text('hasSuffix', of).endsWith(text('hasSuffix', suffix)),
  },
  indexOf: {
    takes: [2, 2],
    gives: ([of, part]) => BigInt(text('indexOf', of).indexOf(text('indexOf', part))),
  },
  lastIndexOf: {
    takes: [2, 2],
    gives: ([of, part]) => BigInt(text('lastIndexOf', of).lastIndexOf(text('lastIndexOf', part))),
  },
  split: { takes: [2, 2], gives: ([of, by]) => parts(text('split', of), text('split', by)) },
  join: {
    takes: [1, 2],
    gives: ([items, by]) => joined(items ?? null, by === undefined ? '' : text('join', by)),
  },
  replace: {
    takes: [3, 3],
    gives: ([of, from, to]) => replaced(text('replace', of), text('replace', from), text('replace', to)),
  },
  fromJSON: { takes: [1, 1], gives: ([of]) => fromJson(text('fromJSON', of)) },
  toJSON: { takes: [1, 1], gives: ([of]) => toJson(of ?? null) },
};

function trimmed(of: string, characters: ExprValue | undefined): string {
  if (characters === undefined) return of.trim();
  const cut = new Set(text('trim', characters));
  const all = Array.from(of);
  const first = all.findIndex((character) => !cut.has(character));
  return first < 0
    ? ''
    : all.slice(first, all.findLastIndex((character) => !cut.has(character)) + 1).join('');
}

function withoutPrefix(of: string, prefix: ExprValue | undefined): string {
  const cut = text('trimPrefix', prefix);
  return of.startsWith(cut) ? of.slice(cut.length) : of;
}

function withoutSuffix(of: string, suffix: ExprValue | undefined): string {
  const cut = text('trimSuffix', suffix);
  return cut !== '' && of.endsWith(cut) ? of.slice(0, -cut.length) : of;
}

function parts(of: string, by: string): readonly string[] {
  const all = of.split(by);
  within('list', all.length);
  return all;
}

function joined(items: ExprValue, by: string): string {
  if (!isList(items)) throw exprFault(`join needs a list, not ${kindOf(items)}`);
  const texts = items.map((item) => text('join', item));
  within(
    'text',
    texts.reduce((sum, one) => sum + one.length + by.length, 0),
  );
  return texts.join(by);
}

function replaced(of: string, from: string, to: string): string {
  const times = of.split(from).length - 1;
  within('text', of.length + times * to.length);
  return of.split(from).join(to);
}

function fromJson(of: string): ExprValue {
  try {
    return exprValueOf(JSON.parse(of) as JsonValue);
  } catch {
    throw exprFault('fromJSON was given a text that is no JSON');
  }
}

function toJson(value: ExprValue): string {
  const written = JSON.stringify(plain(value), null, 2);
  within('text', written.length);
  return written;
}

/** JSON has one kind of number, and none that is not finite. */
function plain(value: ExprValue): JsonValue {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw exprFault('toJSON cannot write NaN or an infinite number');
  if (isList(value)) return value.map(plain);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value;
}
