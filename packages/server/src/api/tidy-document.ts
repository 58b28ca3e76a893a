const PREFIX = '#/components/schemas/';

/**
 * Removes what the generator leaves over.
 *
 * 1. Every named schema comes in two forms, as it is taken and as it is given (`ReleaseRequestInput`,
 *    `ReleaseRequest`). Only those that something refers to are kept, and the form that is taken gets the plain name
 *    where the other is not used.
 * 2. What is given may grow new keys later, so that it is not closed to them.
 * 3. Bounds that only say that JavaScript has 53 bits are noise.
 */
export function tidyDocument<Document extends object>(document: Document): Document {
  const { components, ...rest } = document as { components?: { schemas?: object } };
  const schemas = (components?.schemas ?? {}) as Readonly<Record<string, unknown>>;
  const used = reachable(rest, schemas);
  const names = new Map([...used].map((name) => [name, plainName(name, used)]));
  const formOf = (name: string) => (name.endsWith('Input') ? schemas[name] : opened(schemas[name]));
  const kept = Object.fromEntries([...used].sort().map((name) => [names.get(name) ?? name, formOf(name)]));
  return renamed({ ...rest, components: { ...components, schemas: kept } }, names) as Document;
}

function reachable(from: unknown, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const found = new Set<string>();
  const pending = referencesIn(from);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...referencesIn(schemas[name]));
  }
  return found;
}

function referencesIn(value: unknown): string[] {
  const text = JSON.stringify(value) ?? '';
  return [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');
}

function plainName(name: string, used: ReadonlySet<string>): string {
  const plain = name.replace(/Input$/, '');
  return used.has(plain) ? name : plain;
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    if (key === 'minimum' && inner === Number.MIN_SAFE_INTEGER) return undefined;
    if (key === 'maximum' && inner === Number.MAX_SAFE_INTEGER) return undefined;
    if (key !== '$ref' || typeof inner !== 'string' || !inner.startsWith(PREFIX)) return inner;
    const name = inner.slice(PREFIX.length);
    return `${PREFIX}${names.get(name) ?? name}`;
  });
}

function opened(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (key, inner: unknown) =>
    key === 'additionalProperties' && inner === false ? undefined : inner,
  );
}
