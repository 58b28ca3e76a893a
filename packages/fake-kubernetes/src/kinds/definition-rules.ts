import { type JsonMap, ensureMap, isMap, listAt, mapAt, textAt } from '../json/json-tree.ts';
import { type ClusterState, timestamp } from '../server/cluster-state.ts';
import type { KindRules } from '../server/kind-rules.ts';
import { writeOwnStatus } from '../server/own-writes.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { fill } from './pod-defaults.ts';

/** Definitions of custom resources. */
export const definitionRules: Readonly<Record<string, KindRules>> = {
  'apiextensions.k8s.io/CustomResourceDefinition': {
    generation: 'spec',
    defaults: (object) => {
      const spec = ensureMap(object, 'spec');
      const names = ensureMap(spec, 'names');
      const kind = textAt(names, 'kind');
      if (textAt(names, 'singular') === '') names['singular'] = kind.toLowerCase();
      if (textAt(names, 'listKind') === '') names['listKind'] = `${kind}List`;
      fill(ensureMap(spec, 'conversion'), 'strategy', 'None');
    },
    prepareNew: (object) => {
      const stored = listAt(object, 'spec', 'versions').find((one) => isMap(one) && one['storage'] === true);
      object['status'] = {
        conditions: null,
        acceptedNames: { plural: '', kind: '' },
        storedVersions: stored === undefined ? null : [textAt(stored, 'name')],
      };
    },
    validate: definitionFaults,
    stored: (object, live, { state }) => {
      serve(state, object);
      if (live === undefined) establish(state, object);
    },
    removed: (object, { state }) => {
      const name = textAt(object, 'metadata', 'name');
      state.registry.withdraw(name);
      state.store.drop(`${textAt(object, 'spec', 'group')}/${textAt(object, 'spec', 'names', 'plural')}`);
    },
  },
};

function serve(state: ClusterState, definition: JsonMap): void {
  for (const type of state.registry.define(definition))
    state.store.collection(`${type.group}/${type.resource}`, { new: true });
}

/** What the controllers inside the API server do to a new definition: accept its names, then serve it. */
function establish(state: ClusterState, definition: JsonMap): void {
  const names = mapAt(definition, 'spec', 'names');
  const condition = (type: string, reason: string, message: string): JsonMap => ({
    type,
    status: 'True',
    lastTransitionTime: timestamp(state),
    reason,
    message,
  });
  const accepted = condition('NamesAccepted', 'NoConflicts', 'no conflicts found');
  const established = condition(
    'Established',
    'InitialNamesAccepted',
    'the initial names have been accepted',
  );
  const first = writeStatus(state, definition, { conditions: [accepted], acceptedNames: names });
  writeStatus(state, first, { conditions: [accepted, established], acceptedNames: names });
}

function writeStatus(state: ClusterState, definition: JsonMap, status: JsonMap): JsonMap {
  const type = state.registry.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  if (type === undefined) return definition;
  return writeOwnStatus(state, type, definition, { ...mapAt(definition, 'status'), ...status });
}

function definitionFaults(object: JsonMap): FieldFault[] {
  const spec = mapAt(object, 'spec');
  const wanted = `${textAt(spec, 'names', 'plural')}.${textAt(spec, 'group')}`;
  const name = textAt(object, 'metadata', 'name');
  const misnamed =
    name === wanted ? [] : [fault.invalid('metadata.name', name, `must be spec.names.plural+"."+spec.group`)];
  const bare = listAt(spec, 'versions').flatMap((version, at) => {
    const found = Object.keys(mapAt(version, 'schema', 'openAPIV3Schema')).length > 0;
    return found ? [] : [fault.required(`spec.versions[${at}].schema.openAPIV3Schema`)];
  });
  return [...misnamed, ...bare];
}
