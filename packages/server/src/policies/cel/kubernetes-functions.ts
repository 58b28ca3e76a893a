/**
 * Purpose: the functions that Kubernetes adds to CEL and policies commonly use, with its meanings.
 *
 * 1. Whatever makes text has a limit to its length, so that a policy runs out of its own memory only. 2. Patterns are RE2's.
 */
import type { Environment } from '@marcbachmann/cel-js';
import {
  approximately,
  compareQuantities,
  isWhole,
  Quantity,
  readQuantity,
  wholeNumber,
} from './quantity.ts';
import { safePattern } from '../../expressions/safe-pattern.ts';

/** The longest text that a function makes. */
const LONGEST_TEXT = 4_000_000;

/** What `matches` is called within, because the library's own one runs JavaScript's patterns. */
export const SAFE_MATCHES = 'matchesSafely';

/** Adds the functions to an environment. */
export function withKubernetesFunctions(base: Environment): Environment {
  return [withPatterns, withTexts, withLists, withSets, withQuantities, withUrls, withAddresses].reduce(
    (environment, add) => add(environment),
    base,
  );
}

function withPatterns(environment: Environment): Environment {
  const matches = (text: string, pattern: string): boolean => safePattern(pattern).test(text);
  return environment
    .registerFunction(`string.${SAFE_MATCHES}(string): bool`, matches)
    .registerFunction('matches(string, string): bool', matches);
}

function withTexts(environment: Environment): Environment {
  return environment
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      replaced(text, from, to),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, from: string, to: string, most: bigint) =>
        most < 0n ? replaced(text, from, to) : replaced(text, from, to, Number(most)),
    )
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => {
      if (at < 0n || at > BigInt(text.length)) throw new RangeError(`index out of range: ${at}`);
      return text.charAt(Number(at));
    })
    .registerFunction('string.reverse(): string', (text: string) => Array.from(text).reverse().join(''));
}

function replaced(text: string, from: string, to: string, most = Number.POSITIVE_INFINITY): string {
  const parts = text.split(from);
  const times = Math.min(most, parts.length - 1);
  if (text.length + times * (to.length - from.length) > LONGEST_TEXT)
    throw new RangeError('the text becomes too long');
  return `${parts
    .slice(0, times)
    .map((part) => part + to)
    .join('')}${parts.slice(times).join(from)}`;
}

type Ordered = string | bigint | number | boolean;

function withLists(environment: Environment): Environment {
  const nonEmpty = (list: readonly Ordered[], name: string): readonly Ordered[] => {
    if (list.length === 0) throw new RangeError(`${name} called on an empty list`);
    return list;
  };
  return environment
    .registerFunction('list.isSorted(): bool', (list: readonly Ordered[]) =>
      list.every((item, at) => at === 0 || (list[at - 1] as Ordered) <= item),
    )
    .registerFunction('list.sum(): dyn', (list: readonly (bigint | number)[]) =>
      list.every((item) => typeof item === 'bigint')
        ? list.reduce<bigint>((sum, item) => sum + (item as bigint), 0n)
        : list.reduce<number>((sum, item) => sum + Number(item), 0),
    )
    .registerFunction('list.min(): dyn', (list: readonly Ordered[]) =>
      nonEmpty(list, 'min').reduce((least, item) => (item < least ? item : least)),
    )
    .registerFunction('list.max(): dyn', (list: readonly Ordered[]) =>
      nonEmpty(list, 'max').reduce((most, item) => (item > most ? item : most)),
    )
    .registerFunction('list.indexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
      BigInt(list.findIndex((each) => isSame(each, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
      BigInt(list.findLastIndex((each) => isSame(each, item))),
    );
}

/** `sets.contains(...)`, whose receiver is a word and no value. */
class Sets {}

function withSets(environment: Environment): Environment {
  const holdsIn = (list: readonly unknown[]): ((item: unknown) => boolean) => {
    const known = new Set(list);
    return (item) => known.has(item) || list.some((each) => isSame(each, item));
  };
  const has = (list: readonly unknown[], items: readonly unknown[]): boolean => items.every(holdsIn(list));
  return environment
    .registerType('Sets', Sets)
    .registerConstant('sets', 'Sets', new Sets())
    .registerFunction('Sets.contains(list, list): bool', (_: Sets, a: unknown[], b: unknown[]) => has(a, b))
    .registerFunction(
      'Sets.equivalent(list, list): bool',
      (_: Sets, a: unknown[], b: unknown[]) => has(a, b) && has(b, a),
    )
    .registerFunction('Sets.intersects(list, list): bool', (_: Sets, a: unknown[], b: unknown[]) =>
      b.some(holdsIn(a)),
    );
}

/** Equality as CEL has it: numbers by their value whatever their type, lists and maps by what is in them. */
function isSame(a: unknown, b: unknown): boolean {
  if (isNumber(a) && isNumber(b)) return isEqual(a, b);
  if (a instanceof Quantity && b instanceof Quantity) return a.nanos === b.nanos;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  const [ours, theirs] = [entriesOf(a), entriesOf(b)];
  if (ours === null || theirs === null) return a === b;
  const has = ([key, value]: readonly [unknown, unknown]): boolean =>
    theirs.has(key) && isSame(value, theirs.get(key));
  return ours.size === theirs.size && [...ours].every(has);
}

/** A whole double is the int of its value. */
function isEqual(a: bigint | number, b: bigint | number): boolean {
  if (typeof a === typeof b) return a === b;
  const [whole, double] = typeof a === 'bigint' ? [a, Number(b)] : [b, a];
  return Number.isInteger(double) && BigInt(double) === whole;
}

const isNumber = (value: unknown): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number';

/** A map comes as JSON or, from a literal, as one of JavaScript's. */
function entriesOf(value: unknown): ReadonlyMap<unknown, unknown> | null {
  if (value instanceof Map) return value;
  if (typeof value !== 'object' || value === null) return null;
  return Object.getPrototypeOf(value) === Object.prototype ? new Map(Object.entries(value)) : null;
}

function withQuantities(environment: Environment): Environment {
  const required = (text: string): Quantity => {
    const quantity = readQuantity(text);
    if (quantity === null) throw new RangeError(`${text.slice(0, 100)} is no quantity`);
    return quantity;
  };
  return environment
    .registerType('Quantity', Quantity)
    .registerFunction('quantity(string): Quantity', required)
    .registerFunction('isQuantity(string): bool', (text: string) => readQuantity(text) !== null)
    .registerFunction('Quantity.isInteger(): bool', isWhole)
    .registerFunction('Quantity.asInteger(): int', wholeNumber)
    .registerFunction('Quantity.asApproximateFloat(): double', approximately)
    .registerFunction('Quantity.sign(): int', (of: Quantity) => compareQuantities(of, new Quantity(0n)))
    .registerFunction(
      'Quantity.add(Quantity): Quantity',
      (a: Quantity, b: Quantity) => new Quantity(a.nanos + b.nanos),
    )
    .registerFunction(
      'Quantity.sub(Quantity): Quantity',
      (a: Quantity, b: Quantity) => new Quantity(a.nanos - b.nanos),
    )
    .registerFunction(
      'Quantity.isGreaterThan(Quantity): bool',
      (a: Quantity, b: Quantity) => a.nanos > b.nanos,
    )
    .registerFunction('Quantity.isLessThan(Quantity): bool', (a: Quantity, b: Quantity) => a.nanos < b.nanos)
    .registerFunction('Quantity.compareTo(Quantity): int', compareQuantities);
}

function withUrls(environment: Environment): Environment {
  const required = (text: string): URL => {
    const url = absolute(text);
    if (url === null) throw new RangeError('the text is no URL');
    return url;
  };
  return environment
    .registerType('URL', URL)
    .registerFunction('url(string): URL', required)
    .registerFunction('isURL(string): bool', (text: string) => absolute(text) !== null)
    .registerFunction('URL.getScheme(): string', (url: URL) => url.protocol.replace(/:$/, ''))
    .registerFunction('URL.getHost(): string', (url: URL) => url.host)
    .registerFunction('URL.getHostname(): string', (url: URL) => url.hostname.replace(/^\[(.*)\]$/, '$1'))
    .registerFunction('URL.getPort(): string', (url: URL) => url.port)
    .registerFunction('URL.getEscapedPath(): string', (url: URL) => url.pathname);
}

const absolute = (text: string): URL | null => (/^[a-z][a-z0-9+.-]*:/i.test(text) ? URL.parse(text) : null);

function withAddresses(environment: Environment): Environment {
  return environment
    .registerFunction('isIP(string): bool', (text: string) => isAddress(text))
    .registerFunction('isCIDR(string): bool', (text: string) => {
      const [address = '', bits = '', ...more] = text.split('/');
      const most = address.includes(':') ? 128 : 32;
      return more.length === 0 && isAddress(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
    });
}

function isAddress(text: string): boolean {
  // Kubernetes takes no IPv4 address for one of IPv6.
  if (text.includes(':') && text.includes('.')) return false;
  if (text.includes(':')) return text.length < 46 && URL.canParse(`http://[${text}]/`) && !text.includes('%');
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
