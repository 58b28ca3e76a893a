import type { Json } from '../json/json-tree.ts';

/** What a value may be: enough to decode it, to merge it and to say who owns which part of it. */
export type SchemaNode = ScalarNode | ListNode | MapNode | StructNode | AnyNode;

/** What a scalar may be; all but the first four come as texts or numbers with rules of their own. */
export type ScalarType =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'int-or-string'
  | 'quantity'
  | 'time'
  | 'micro-time'
  | 'bytes';

/** A value without parts. */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly type: ScalarType;
}

/** A list that is one value (`atomic`), a set of scalars, or a list whose items are known by their keys (`map`). */
export interface ListNode {
  readonly kind: 'list';
  readonly items: SchemaNode;
  readonly relation: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** By strategic merge patches the items are merged, by this key where they are objects. */
  readonly patchMergeKey?: string | undefined;
  readonly patchMerge: boolean;
  readonly patchRetainKeys: boolean;
}

/** An object with any keys and values of one kind. */
export interface MapNode {
  readonly kind: 'map';
  readonly values: SchemaNode;
  readonly atomic: boolean;
}

/** An object with declared fields. */
export interface StructNode {
  readonly kind: 'struct';
  readonly name: string;
  readonly atomic: boolean;
  /** Fields that are not declared are kept. */
  readonly open: boolean;
  readonly fields: Map<string, SchemaField>;
}

const forced = new WeakMap<StructNode, readonly string[]>();

/** The fields that are written even when nothing is said. */
export function forcedFields(node: StructNode): readonly string[] {
  let names = forced.get(node);
  if (names === undefined) {
    names = [...node.fields]
      .filter(([, { embedded, required }]) => embedded || required)
      .map(([name]) => name);
    forced.set(node, names);
  }
  return names;
}

/** JSON of which nothing is known: objects are merged by key, lists are one value. */
export interface AnyNode {
  readonly kind: 'any';
}

/** One field of a struct, with what the server does when it is empty. */
export interface SchemaField {
  readonly node: SchemaNode;
  /** The server writes it even when it is empty. */
  readonly required: boolean;
  /** A Go struct that is no pointer: it is always written, if only as `{}`. */
  readonly embedded: boolean;
  /** A Go pointer to a scalar: zero, false and the empty text are written. */
  readonly pointer: boolean;
  readonly default?: Json | undefined;
  /** Strategic merge patches may name the keys to be kept of this object. */
  readonly patchRetainKeys: boolean;
}

/** The one node for JSON of which nothing is known. */
export const anyNode: AnyNode = { kind: 'any' };

/** The node below a field or key of an object, or undefined where the schema declares none. */
export function childNode(node: SchemaNode, key: string): SchemaNode | undefined {
  if (node.kind === 'struct') return node.fields.get(key)?.node ?? (node.open ? anyNode : undefined);
  if (node.kind === 'map') return node.values;
  return node.kind === 'any' ? anyNode : undefined;
}
