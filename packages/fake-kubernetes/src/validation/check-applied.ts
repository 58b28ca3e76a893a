import { type Json, type JsonMap, isMap, plainText } from '../json/json-tree.ts';
import { itemElement } from '../managed/list-items.ts';
import { tellPath } from '../managed/field-set.ts';
import { plainError } from '../server/refusal.ts';
import { type ResourceType, apiVersionOf } from '../server/resource-type.ts';
import { type ListNode, type SchemaNode, type StructNode, childNode } from '../schema/schema-node.ts';

/** An applied configuration must fit the schema exactly; throws what the server says: an error without a reason and status 500. */
export function checkApplied(type: ResourceType, schema: StructNode, config: JsonMap): void {
  const wrong = check(schema, config, []);
  if (wrong === undefined) return;
  const metadata = config['metadata'];
  const name = isMap(metadata) ? plainText(metadata['name'] ?? '') : '';
  throw plainError(
    `failed to create typed patch object (/${name}; ${apiVersionOf(type)}, Kind=${type.kind}): ${wrong}`,
  );
}

function check(node: SchemaNode, value: Json, path: readonly string[]): string | undefined {
  if (value === null || node.kind === 'any') return undefined;
  if (node.kind === 'scalar') return checkScalar(node.type, value, path);
  if (node.kind === 'list') return checkItems(node, value, path);
  if (!isMap(value)) return `${tellPath(path)}: expected map, got &{${JSON.stringify(value)}}`;
  for (const [key, item] of Object.entries(value)) {
    const below = childNode(node, key);
    const at = [...path, `f:${key}`];
    if (below === undefined) return `${tellPath(at)}: field not declared in schema`;
    const wrong = check(below, item, at);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function checkScalar(type: string, value: Json, path: readonly string[]): string | undefined {
  const found = Array.isArray(value) ? 'list' : isMap(value) ? 'map' : typeof value;
  const at = tellPath(path);
  if (type === 'quantity' || type === 'int-or-string') {
    return found === 'string' || found === 'number'
      ? undefined
      : `${at}: expected string or number, got ${found}`;
  }
  if (type === 'integer' || type === 'number') {
    return found === 'number' ? undefined : `${at}: expected numeric (int or float), got ${found}`;
  }
  const wanted = type === 'boolean' ? 'boolean' : 'string';
  return found === wanted ? undefined : `${at}: expected ${wanted}, got ${found}`;
}

function checkItems(node: ListNode, value: Json, path: readonly string[]): string | undefined {
  if (!Array.isArray(value))
    return `${tellPath(path)}: expected list, got ${isMap(value) ? 'map' : typeof value}`;
  const seen = new Set<string>();
  for (const [at, item] of value.entries()) {
    const element = node.relation === 'atomic' ? `i:${at}` : itemElement(node, item);
    if (element === undefined) {
      const told = `${tellPath(path)}: element ${at}: associative list with keys has an element that omits all key fields`;
      if (!isKeyless(node))
        return `${told} ${JSON.stringify(node.keys)} (and doesn't have default values for any key fields)`;
    } else if (seen.has(element)) {
      return `${tellPath(path)}: duplicate entries for key ${tellPath([element])}`;
    } else seen.add(element);
    const wrong = check(node.items, item, [...path, element ?? `i:${at}`]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Required keys of built-in kinds have an empty default in the server's own document. */
function isKeyless(node: ListNode): boolean {
  const { items } = node;
  return (
    items.kind === 'struct' && items.name !== '' && node.keys.some((key) => items.fields.get(key)?.required)
  );
}
