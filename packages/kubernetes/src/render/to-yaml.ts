import type { KubernetesObject } from '../objects/kubernetes-object.ts';

/** Words that some reader of YAML 1.1 or 1.2 takes for a truth value, for nothing or for a number. */
const WORDS = /^(y|yes|n|no|on|off|true|false|null|e[-+]?[0-9]+)$/i;

/** Texts that no reader takes for anything else: words as in names, paths and addresses, and quantities such as `250m`. */
const PLAIN =
  /^([A-Za-z/]([-A-Za-z0-9_./@%+=:]*[-A-Za-z0-9_./@%+=])?|[1-9][0-9]{0,9}(m|s|ms|k|Ki|M|Mi|G|Gi|%))$/;

/**
 * Objects as a stream of YAML documents, in their order. Every text that a reader of YAML 1.1 (as kubectl is) and one of 1.2
 * could read differently is quoted, so both see the same; several lines are kept as lines where that is safe.
 */
export function toYaml(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `${mapping(object, '')}\n`).join('---\n');
}

function mapping(object: object, indent: string): string {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${scalar(key)}:${below(value, indent)}`)
    .join(`\n${indent}`);
}

function sequence(list: readonly unknown[], indent: string): string {
  return list.map((item) => `- ${inside(item, `${indent}  `)}`).join(`\n${indent}`);
}

/** What follows the colon of a key. */
function below(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value) && value.length > 0) return `\n${deeper}${sequence(value, deeper)}`;
  if (isMapping(value)) return `\n${deeper}${mapping(value, deeper)}`;
  return ` ${leaf(value, deeper)}`;
}

/** What follows the hyphen of a list; its first line stands beside it. */
function inside(value: unknown, indent: string): string {
  if (Array.isArray(value) && value.length > 0) return sequence(value, indent);
  return isMapping(value) ? mapping(value, indent) : leaf(value, indent);
}

const isMapping = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;

function leaf(value: unknown, indent: string): string {
  if (typeof value === 'string') return isBlock(value) ? block(value, indent) : scalar(value);
  if (typeof value === 'number') return number(value);
  if (value !== null && typeof value === 'object') return Array.isArray(value) ? '[]' : '{}';
  return String(value);
}

/** Readers of 1.1 want a point before an exponent. */
const number = (value: number): string => String(value).replace(/^(-?\d+)e/, '$1.0e');

function scalar(text: string): string {
  return PLAIN.test(text) && !WORDS.test(text) ? text : quoted(text);
}

/** JSON's text is YAML's; only the line breaks that JSON allows inside a text are escaped too. */
const quoted = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replaceAll(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Whether a text is lines of printable characters that can stand as they are. */
const isBlock = (text: string): boolean =>
  text.includes('\n') &&
  /^[!-~][\t -~]*(\n|$)/.test(text) &&
  /^[\n\t -~]*$/.test(text) &&
  !/[ \t](\n|$)/.test(text);

function block(text: string, indent: string): string {
  const ending = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomping = ['-', ''][ending] ?? '+';
  const lines = text.slice(0, text.length - Math.min(ending, 1)).split('\n');
  return [`|${chomping}`, ...lines.map((line) => (line === '' ? '' : indent + line))].join('\n');
}
