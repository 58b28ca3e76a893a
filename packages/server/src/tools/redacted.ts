import { TOOL_LIMITS } from '@sluice/core/tasks/tool-definition.ts';

/** Shorter values are left alone: they would blot out ordinary words and protect nothing. */
const SHORTEST_SECRET = 4;
const BLOT = '[secret]';
/** Names of fields whose values nobody should read. */
const SECRET_NAME = /passw|secret|token|api[-_]?key|authorization|credential|cookie/i;

/**
 * Arguments of a call as people may read them, as JSON: what has a name of a secret, and what is one of the component's, is
 * blotted out, and what is long is cut.
 */
export function redactedArguments(value: unknown, secrets: readonly string[]): string {
  const values = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length);
  const blot = (text: string): string =>
    values.reduce((shown, secret) => shown.replaceAll(secret, BLOT), text);
  const text = JSON.stringify(value, (name, inner: unknown) => {
    if (name !== '' && SECRET_NAME.test(name) && inner !== null && typeof inner !== 'boolean') return BLOT;
    return typeof inner === 'string' ? blot(inner) : inner;
  });
  const most = TOOL_LIMITS.auditedCharacters;
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length} characters)`;
}
