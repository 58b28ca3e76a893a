import { type JsonMap, plainText } from '../json/json-tree.ts';
import { type FieldFault, fault } from '../server/refusal.ts';

const labelKey = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What the server says of a key that is none. */
export const keyMessage =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const valueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** What is wrong with labels, wherever they stand. */
export function labelFaults(labels: JsonMap, field: string): FieldFault[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...(isQualified(key) ? [] : [fault.invalid(field, key, keyMessage)]),
    ...(labelValue.test(plainText(value)) && plainText(value).length <= 63
      ? []
      : [fault.invalid(field, value, valueMessage)]),
  ]);
}

/** Whether a text may be the key of a label or annotation. */
export function isQualified(key: string): boolean {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  if (name.length > 63 || !labelKey.test(name) || parts.length > 1) return false;
  return parts.length === 0 || (subdomain.test(parts[0] ?? '') && (parts[0] ?? '').length <= 253);
}
