import type { JsonMap } from '../json/json-tree.ts';
import type { ClusterState } from './cluster-state.ts';
import type { FieldFault } from './refusal.ts';

/** Where a write comes from, for rules that need more than the object. */
export interface WriteContext {
  readonly state: ClusterState;
  readonly namespace: string;
  readonly dryRun: boolean;
}

/** What the server does with objects of one kind besides storing them. All of it is optional. */
export interface KindRules {
  /** Fills in defaults, before ownership of fields is settled. Changes the object. */
  readonly defaults?: (object: JsonMap) => void;
  /** Admission and strategy of a new object, after ownership is settled. Changes the object, may throw a refusal. */
  readonly prepareNew?: (object: JsonMap, context: WriteContext) => void;
  /** The same for a change; `live` is what is stored. */
  readonly prepareChange?: (object: JsonMap, live: JsonMap, context: WriteContext) => void;
  /** What is wrong with an object, and with a change when there is a live one. */
  readonly validate?: (object: JsonMap, live: JsonMap | undefined, context: WriteContext) => FieldFault[];
  /** After it was stored. */
  readonly stored?: (object: JsonMap, live: JsonMap | undefined, context: WriteContext) => void;
  /** After it was removed. */
  readonly removed?: (object: JsonMap, context: WriteContext) => void;
  /** Whether `metadata.generation` counts the changes of the spec, and of annotations as well. */
  readonly generation?: 'spec' | 'spec-and-annotations';
  /** Whether it may be replaced without saying which version is meant. */
  readonly unconditional?: boolean;
  /** Whether a replace of what is absent creates it. */
  readonly createOnUpdate?: boolean;
  /** Whether a new object may bring its status along. */
  readonly keepsStatus?: boolean;
  /** Whether a deletion answers with the object instead of a status. */
  readonly returnsDeleted?: boolean;
  /** How names are checked: most are subdomains. */
  readonly nameRule?: 'subdomain' | 'label' | 'service' | 'path';
}
