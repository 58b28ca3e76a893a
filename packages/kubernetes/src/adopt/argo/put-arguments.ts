import type { JsonValue } from '@sluice/core/kernel/json.ts';
import type { MeasurementSecret } from '@sluice/core/rollout/measurement-spec.ts';
import type { ArgumentValues } from './analysis-arguments.ts';

const TAG = /\{\{(.*?)\}\}/gs;

/** What is wrong with a text that names arguments. */
type Refuse = (message: string) => void;

/** Puts arguments into a text in the places `{{args.name}}`; what cannot be put in is refused and left out. */
export function putArguments(text: string, values: ArgumentValues, refuse: Refuse): string {
  return text.replace(TAG, (whole, tag: string) => {
    const value = values.get(tag.trim().replace(/^args\./, ''));
    if (!tag.trim().startsWith('args.') || value === undefined) {
      refuse(`${whole} names no argument of the template.`);
      return '';
    }
    if (value.kind === 'text') return value.text;
    refuse(
      `${whole} is the key ${value.key} of Secret ${value.secret}. Sluice puts values of Secrets only into headers, so that they are stored nowhere.`,
    );
    return '';
  });
}

/** Puts arguments into every text of a value. */
export function putArgumentsIn<Value extends JsonValue>(
  value: Value,
  values: ArgumentValues,
  refuse: Refuse,
): Value {
  const put = (part: JsonValue): JsonValue => {
    if (typeof part === 'string') return putArguments(part, values, refuse);
    if (Array.isArray(part)) return (part as readonly JsonValue[]).map(put);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => [key, inner === undefined ? undefined : put(inner)]),
    );
  };
  return put(value) as Value;
}

/** The value of a header: a text, or a key of a Secret with what stands before it. */
export function headerValue(text: string, values: ArgumentValues, refuse: Refuse): MeasurementSecret {
  const last = /^(.*?)\{\{\s*args\.([^{}\s]+)\s*\}\}$/s.exec(text);
  const value = last && values.get(last[2] ?? '');
  if (value?.kind !== 'secret') return { value: putArguments(text, values, refuse) };
  const before = putArguments(last?.[1] ?? '', values, refuse);
  return { kept: value.secret, key: value.key, ...(before === '' ? {} : { before }) };
}
