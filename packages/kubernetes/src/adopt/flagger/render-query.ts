import type { FlaggerNames } from './flagger-names.ts';

/** What a query of a MetricTemplate may name. */
export interface QueryModel {
  readonly canary: string;
  readonly namespace: string;
  readonly ingress: string;
  readonly route: string;
  readonly interval: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly names: FlaggerNames;
}

/** The query with its variables put in, or what is wrong with it. */
export type RenderedQuery =
  | { readonly ok: true; readonly query: string }
  | { readonly ok: false; readonly message: string };

/** Stand where the target's or the Service's name will, until it is known what follows; in no query by themselves. */
const TARGET_MARK = '\u0001';
const SERVICE_MARK = '\u0002';

/** Longer than any query that a person wrote, and short enough for every search in it. */
const MAX_LENGTH = 16_384;

const KNOWN =
  '{{ name }}, {{ namespace }}, {{ target }}, {{ service }}, {{ ingress }}, {{ route }}, {{ interval }} and {{ variables.<key> }}';

/**
 * Puts in what Flagger's Go template would. `target` is the candidate's own workload and `target` followed by `-primary`
 * the stable one's; `service` is the Service that callers use, and with `-canary` or `-primary` that of an arm.
 */
export function renderQuery(template: string, model: QueryModel): RenderedQuery {
  if (template.length > MAX_LENGTH)
    return { ok: false, message: `The query is longer than ${MAX_LENGTH} characters.` };
  const wrong: string[] = [];
  const filled = template.replaceAll(
    /(\s*\{\{-|\{\{)([\s\S]*?)(-\}\}\s*|\}\})/g,
    (whole, _open, expression: string) => {
      const value = valueOf(expression.trim(), model);
      if (value === undefined)
        wrong.push(
          `The query holds ${whole.trim()}, which cannot be put in; ${KNOWN} can, where the variable is among templateVariables.`,
        );
      return value ?? '';
    },
  );
  if (wrong[0] !== undefined) return { ok: false, message: wrong[0] };
  if (/\{\{|\}\}/.test(filled.replaceAll(/\{\{(candidate|stable)-hash\}\}/g, '')))
    return { ok: false, message: 'The query holds {{ or }} without its counterpart.' };
  return { ok: true, query: withArms(filled, model.names).trim() };
}

function valueOf(expression: string, model: QueryModel): string | undefined {
  const key =
    /^variables\.([A-Za-z_]\w*)$/.exec(expression)?.[1] ??
    /^index\s+variables\s+"([^"]*)"$/.exec(expression)?.[1];
  if (key !== undefined) return Object.hasOwn(model.variables, key) ? model.variables[key] : undefined;
  switch (expression) {
    case 'name':
      return model.canary;
    case 'namespace':
      return model.namespace;
    case 'ingress':
      return model.ingress;
    case 'route':
      return model.route;
    case 'interval':
      return model.interval;
    case 'target':
      return TARGET_MARK;
    case 'service':
      return SERVICE_MARK;
    default:
      return undefined;
  }
}

const withArms = (text: string, { apex, candidate, stable }: FlaggerNames): string =>
  text
    .replaceAll(`${TARGET_MARK}-primary`, stable)
    .replaceAll(`${SERVICE_MARK}-primary`, stable)
    .replaceAll(`${SERVICE_MARK}-canary`, candidate)
    .replaceAll(TARGET_MARK, candidate)
    .replaceAll(SERVICE_MARK, apex);
