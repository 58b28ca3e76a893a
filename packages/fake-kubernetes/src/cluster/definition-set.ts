import type { ApiCaller } from '../api/api-caller.ts';
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

/** Puts the definitions of projects into a cluster; those that are there become as they are here. */
export async function applyDefinitions(caller: ApiCaller, sets: readonly DefinitionSet[]): Promise<void> {
  for (const definition of sets.flatMap(readDefinitions)) {
    const { name } = definition['metadata'] as { readonly name: string };
    await caller.send({
      method: 'PATCH',
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`,
      query: { fieldManager: 'fake', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: definition,
    });
  }
}
