import type { Json, JsonMap } from '../json/json-tree.ts';
import type { StructNode } from '../schema/schema-node.ts';

/** A subresource as discovery tells it. */
export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

/** Where the numbers of a scale subresource stand in an object of a definition, as paths of keys. */
export interface ScalePaths {
  readonly replicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector: readonly string[] | undefined;
}

/** What a definition adds to a type. */
export interface CustomPart {
  readonly schema: JsonMap;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly definition: string;
  readonly printed: readonly Json[];
}

/** One resource in one version, as it is served. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly singular: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: ReadonlyMap<string, Subresource>;
  /** What is known of its fields; undefined for kinds that are kept as they are sent. */
  readonly schema: StructNode | undefined;
  readonly custom: CustomPart | undefined;
}

/** `apps/v1`, or `v1` in the core group. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Under which name the objects are stored, whatever the version. */
export function storageOf({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): string {
  return `${group}/${resource}`;
}
