import { type Json, isMap, listAt, mapAt, textAt, plainText } from '../json/json-tree.ts';
import { badRequest } from '../server/refusal.ts';

/** One demand on labels. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';
  readonly values: readonly string[];
}

/** All demands; an empty selector fits everything. */
export type LabelSelector = readonly LabelRequirement[];

/** Whether labels fit a selector. */
export function fitsLabels(selector: LabelSelector, labels: Json | undefined): boolean {
  return selector.every((requirement) =>
    fits(requirement, isMap(labels) ? labels[requirement.key] : undefined),
  );
}

function fits({ operator, values }: LabelRequirement, value: Json | undefined): boolean {
  if (operator === 'exists') return value !== undefined;
  if (operator === '!') return value === undefined;
  if (operator === 'notin') return value === undefined || !values.includes(plainText(value));
  if (value === undefined) return false;
  if (operator === 'in') return values.includes(plainText(value));
  const [number, limit] = [Number(value), Number(values[0])];
  return operator === 'gt' ? number > limit : number < limit;
}

const token = /\s*(==|!=|=|!|,|\(|\)|<|>|[^\s=!,()<>]+)/y;

/** Reads the text form (`a=b,c in (d,e),!f`); throws a refusal with status 400 in the words of the server. */
export function parseLabelSelector(text: string): LabelSelector {
  const tokens = tokensOf(text);
  const requirements: LabelRequirement[] = [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  while (at < tokens.length) {
    requirements.push(parseRequirement(next, () => tokens[at] ?? ''));
    const separator = next();
    if (separator !== '' && separator !== ',')
      throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
  }
  return requirements;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) tokens.push(match[1] ?? '');
  return tokens;
}

function parseRequirement(next: () => string, peek: () => string): LabelRequirement {
  const first = next();
  if (first === '!') return { key: next(), operator: '!', values: [] };
  const following = peek();
  if (following === '' || following === ',') return { key: first, operator: 'exists', values: [] };
  const operator = next();
  switch (operator) {
    case '=':
    case '==':
      return { key: first, operator: 'in', values: [valueOf(next, peek)] };
    case '!=':
      return { key: first, operator: 'notin', values: [valueOf(next, peek)] };
    case '>':
    case '<':
      return { key: first, operator: operator === '>' ? 'gt' : 'lt', values: [next()] };
    case 'in':
    case 'notin':
      return { key: first, operator, values: listOf(next) };
    default:
      throw badRequest(
        `unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt`,
      );
  }
}

function valueOf(next: () => string, peek: () => string): string {
  const following = peek();
  return following === '' || following === ',' ? '' : next();
}

function listOf(next: () => string): string[] {
  if (next() !== '(') throw badRequest("unable to parse requirement: expected: '('");
  const values: string[] = [];
  for (let part = next(); part !== ')'; part = next()) {
    if (part === '') throw badRequest("unable to parse requirement: found '', expected: ',' or ')'");
    if (part !== ',') values.push(part);
  }
  return values;
}

const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const;

/** Reads a `LabelSelector` object; nothing selects nothing, an empty one everything. */
export function labelSelectorOf(selector: Json | undefined): LabelSelector | undefined {
  if (!isMap(selector)) return undefined;
  const plain = Object.entries(mapAt(selector, 'matchLabels')).map(
    ([key, value]): LabelRequirement => ({ key, operator: 'in', values: [plainText(value)] }),
  );
  const others = listAt(selector, 'matchExpressions').map(
    (one): LabelRequirement => ({
      key: textAt(one, 'key'),
      operator: operators[textAt(one, 'operator') as keyof typeof operators] ?? 'exists',
      values: listAt(one, 'values').map(String),
    }),
  );
  return [...plain, ...others];
}

/** The text form of a `LabelSelector` object, as it stands in a Scale. */
export function renderLabelSelector(selector: LabelSelector): string {
  const told = selector.map(({ key, operator, values }) => {
    if (operator === 'in' && values.length === 1) return `${key}=${values[0]}`;
    if (operator === 'exists') return key;
    return operator === '!' ? `!${key}` : `${key} ${operator} (${[...values].sort().join(',')})`;
  });
  return told.sort().join(',');
}
