import type { JsonMap } from '../json/json-tree.ts';
import { readSchemaLines } from '../schema/builtin-schemas.ts';

/** Definitions of other projects that lie in this package. */
export type DefinitionSet = 'gateway-api' | 'istio' | 'argo-rollouts' | 'flagger';

const read = new Map<DefinitionSet, readonly JsonMap[]>();

/** The definitions of a project; they are read once. */
export function readDefinitions(set: DefinitionSet): readonly JsonMap[] {
  let definitions = read.get(set);
  if (definitions === undefined) {
    definitions = readSchemaLines(`${set}.jsonl`);
    read.set(set, definitions);
  }
  return definitions;
}
