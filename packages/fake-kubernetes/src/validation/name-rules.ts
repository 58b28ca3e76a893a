import type { KindRules } from '../server/kind-rules.ts';

type NameRule = NonNullable<KindRules['nameRule']>;

const rules: Readonly<
  Record<NameRule, { readonly pattern: RegExp; readonly limit: number; readonly message: string }>
> = {
  subdomain: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    limit: 253,
    message:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  label: {
    pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    limit: 63,
    message:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  },
  service: {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    limit: 63,
    message:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
  path: { pattern: /^(?!\.\.?$)[^/%]+$/, limit: 253, message: "may not contain '/'" },
};

/** Why a name is not allowed by a rule, or undefined when it is. */
export function nameFault(rule: NameRule, name: string): string | undefined {
  const { pattern, limit, message } = rules[rule];
  if (name.length > limit) return `must be no more than ${limit} characters`;
  return pattern.test(name) ? undefined : message;
}
