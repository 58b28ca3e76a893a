/** A selector of apps/v1 and most other kinds: what `matchLabels` says and every expression hold. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Requirement[];
}

/** One expression over labels, or over the labels and fields of a node. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values?: readonly string[];
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether a selector picks these labels; an empty one picks everything, as in policy/v1 and networking.k8s.io/v1. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  return (
    hasLabels(selector.matchLabels, labels) &&
    (selector.matchExpressions ?? []).every((requirement) => fulfils(requirement, labels))
  );
}

/** Whether all of the wanted labels are there with their values. */
export function hasLabels(wanted: Labels, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** Whether labels fulfil one expression. */
export function fulfils({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labels?.[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return operator satisfies never;
  }
}
