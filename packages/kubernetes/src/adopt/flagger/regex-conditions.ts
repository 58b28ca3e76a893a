/** A regular expression that says no more than a condition of Sluice can. */
export type SimplePattern =
  | { readonly equals: string }
  | { readonly prefix: string }
  | { readonly oneOf: readonly string[] };

/** A cookie and the value that it must have. */
export interface CookieValue {
  readonly name: string;
  readonly equals: string;
}

/** The form in which Flagger's documentation asks for a cookie: `^(.*?;)?(canary=always)(;.*)?$`, spaces allowed. */
const COOKIE_FORM =
  /^\^?\(\??:?\.\*\??;\s*(?:\\s\*)?\)\?\(?([\w.-]+)=([^()[\]{}.*+?^$|\\;]+)\)?\(\??:?;\.\*\)\?\$?$/;

/** The cookie that a regular expression over the header `cookie` asks for; undefined when it asks for something else. */
export function cookieOf(regex: string): CookieValue | undefined {
  const [, name, equals] = COOKIE_FORM.exec(regex) ?? [];
  return name === undefined || equals === undefined ? undefined : { name, equals };
}

/**
 * What a regular expression that must match the whole value (as in Envoy) means in simple words: a text, a few texts or a
 * beginning; undefined when it means anything else.
 */
export function simplePattern(regex: string): SimplePattern | undefined {
  const body = regex.replace(/^\^/, '').replace(/\$$/, '');
  const inner = /^\((?:\?:)?([^()]*)\)$/.exec(body)?.[1];
  const texts = (inner ?? body).split('|').map(literal);
  if ((inner !== undefined || texts.length === 1) && texts.every((text) => text !== undefined))
    return texts.length === 1 ? { equals: texts[0]! } : { oneOf: texts };
  const beginning = body.endsWith('.*') ? literal(body.slice(0, -2)) : undefined;
  return beginning ? { prefix: beginning } : undefined;
}

/** The text that a regular expression without operators means; escaped characters stand for themselves. */
function literal(regex: string): string | undefined {
  const isPlain = /^(?:[^.*+?^${}()|[\]\\]|\\[.*+?^${}()|[\]\\/-])+$/.test(regex);
  return isPlain ? regex.replaceAll(/\\(.)/g, '$1') : undefined;
}
