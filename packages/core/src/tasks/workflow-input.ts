/**
 * What a task of a workflow is given: its input, in which small objects stand for what is known only later.
 *
 * `{ "$result": "fetch" }` stands for the result of the task `fetch`, `{ "$result": "fetch/rows/0" }` for a part of it (a JSON
 * pointer, RFC 6901, after the name), `{ "$input": "/customer" }` for a part of the workflow's own input, and
 * `{ "$outcomes": true }` for everything that is known of those that it waits for, by name. What is not there is null.
 */

/** How a task has ended that another one waited for. */
export interface NodeOutcome {
  readonly state: string;
  readonly result: unknown;
  /** Why it failed, in words; null where it did not. */
  readonly failure: string | null;
}

/** What references are filled from. */
export interface KnownOutcomes {
  readonly input: unknown;
  /** Those that the task waits for, by name. */
  readonly outcomes: ReadonlyMap<string, NodeOutcome>;
}

/**
 * Fills in what an input refers to; everything else stays as it is. Parts of the same outcome are one object in memory, but its
 * text may be longer than any memory: `isHeavierThan` says so.
 */
export function workflowInput(template: unknown, known: KnownOutcomes): unknown {
  // One for all places: a small template may ask for everything thousands of times.
  return filled(template, { ...known, all: Object.fromEntries(known.outcomes) });
}

interface Known extends KnownOutcomes {
  readonly all: Readonly<Record<string, NodeOutcome>>;
}

function filled(template: unknown, known: Known): unknown {
  const reference = referenceIn(template);
  if (reference !== null) return valueOf(reference, known);
  if (Array.isArray(template)) return template.map((inner) => filled(inner, known));
  if (!isObject(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([name, inner]) => [name, filled(inner, known)]));
}

/** The names of the tasks whose results an input refers to. */
export function referredNodes(template: unknown): readonly string[] {
  const reference = referenceIn(template);
  if (reference !== null) return reference.kind === 'result' ? [reference.name] : [];
  const inside = Array.isArray(template) ? template : isObject(template) ? Object.values(template) : [];
  return [...new Set(inside.flatMap(referredNodes))];
}

type Reference =
  | { readonly kind: 'result'; readonly name: string; readonly pointer: string }
  | { readonly kind: 'input'; readonly pointer: string }
  | { readonly kind: 'outcomes' };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with exactly one key that begins with a dollar, and that means something. */
function referenceIn(value: unknown): Reference | null {
  if (!isObject(value)) return null;
  const [first, ...others] = Object.entries(value);
  if (first === undefined || others.length > 0) return null;
  const [key, said] = first;
  if (key === '$outcomes' && said === true) return { kind: 'outcomes' };
  if (typeof said !== 'string') return null;
  if (key === '$input') return { kind: 'input', pointer: said };
  if (key !== '$result') return null;
  const slash = said.indexOf('/');
  return slash < 0
    ? { kind: 'result', name: said, pointer: '' }
    : { kind: 'result', name: said.slice(0, slash), pointer: said.slice(slash) };
}

function valueOf(reference: Reference, { input, outcomes, all }: Known): unknown {
  if (reference.kind === 'outcomes') return all;
  if (reference.kind === 'input') return partOf(input, reference.pointer);
  return partOf(outcomes.get(reference.name)?.result ?? null, reference.pointer);
}

function partOf(value: unknown, pointer: string): unknown {
  const steps = pointer.split('/').slice(1);
  let part = value;
  for (const step of steps) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(part)) part = /^\d+$/.test(name) ? part[Number(name)] : undefined;
    else part = isObject(part) && Object.hasOwn(part, name) ? part[name] : undefined;
  }
  return part ?? null;
}
