import { type JsonMap, isMap, jsonAt, listAt, mapAt, numberAt, textAt } from '../json/json-tree.ts';
import { rulesOf } from '../validation/rules-of.ts';
import type { ResourceCall } from './api-call.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import { type ClusterState, timestamp } from './cluster-state.ts';
import { checkListOptions, selectionOf, selects } from './list-objects.ts';
import { isYaml, parseBody } from './object-codec.ts';
import { formOf, inVersion, presentList } from './present-object.ts';
import { conflict, fault, invalidOption } from './refusal.ts';
import { type ResourceType, storageOf } from './resource-type.ts';
import { liveObject } from './write-object.ts';

const policies = ['Foreground', 'Background', 'Orphan'];

/** How long a pod has to end when nobody says: as long as its own spec allows. */
const defaultGraceSeconds = 30;

interface DeleteOptions {
  readonly graceSeconds: number | undefined;
  readonly policy: string | undefined;
  readonly uid: string;
  readonly version: string;
  readonly dryRun: boolean;
}

/** Deletes one object, or marks it as going where something holds it. */
export function deleteObject(state: ClusterState, call: ResourceCall): PlainResponse {
  const { type } = call;
  const options = deleteOptions(call);
  const live = liveObject(state, call);
  checkPreconditions(type, live, options);
  const { object, gone } = remove(state, type, live, options);
  if (gone && !rulesOf(type).returnsDeleted) return jsonResponse(200, success(type, live));
  return jsonResponse(200, inVersion(type, object));
}

/** Deletes everything selected and answers with what it was. */
export function deleteCollection(state: ClusterState, call: ResourceCall): PlainResponse {
  const { type, namespace } = call;
  const options = deleteOptions(call);
  checkListOptions(call.query, 'ListOptions');
  const selection = selectionOf(call);
  const within = type.namespaced && namespace !== '' ? namespace : undefined;
  const version = state.store.version;
  const found = state.store
    .collection(storageOf(type))
    .inOrder(within)
    .filter((object) => selects(selection, object));
  for (const object of found) remove(state, type, object, options);
  const form = formOf(call.headers['accept'], type);
  return jsonResponse(200, presentList(type, found, { resourceVersion: String(version) }, form, state.now()));
}

/** Removes a pod as an eviction does: with its own grace. */
export function evictObject(
  state: ClusterState,
  type: ResourceType,
  live: JsonMap,
  call: ResourceCall,
): void {
  const options = deleteOptions({ ...call, body: mapAt(parseBody(call.body), 'deleteOptions') });
  checkPreconditions(type, live, options);
  remove(state, type, live, options);
}

function deleteOptions(call: ResourceCall): DeleteOptions {
  const body = parseBody(call.body, isYaml(call.headers['content-type']) ?? false);
  const given: JsonMap = isMap(body) ? body : {};
  const grace = call.query['gracePeriodSeconds'];
  const policy = textAt(given, 'propagationPolicy') || call.query['propagationPolicy'];
  const orphan = jsonAt(given, 'orphanDependents') ?? call.query['orphanDependents'];
  if (policy && orphan !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    throw invalidOption('DeleteOptions', fault.invalid('propagationPolicy', policy, why));
  }
  if (policy && !policies.includes(policy)) {
    throw invalidOption(
      'DeleteOptions',
      fault.unsupported('propagationPolicy', policy, [...policies, 'nil']),
    );
  }
  const dryRun = call.query['dryRun'] ?? listAt(given, 'dryRun').map(String)[0];
  if (dryRun !== undefined && dryRun !== 'All')
    throw invalidOption('DeleteOptions', fault.unsupported('dryRun', [dryRun], ['All']));
  const orphaned = orphan === true || orphan === 'true' ? 'Orphan' : undefined;
  return {
    graceSeconds: numberAt(given, 'gracePeriodSeconds') ?? (grace === undefined ? undefined : Number(grace)),
    policy: policy || orphaned,
    uid: textAt(given, 'preconditions', 'uid'),
    version: textAt(given, 'preconditions', 'resourceVersion'),
    dryRun: dryRun === 'All',
  };
}

function checkPreconditions(type: ResourceType, live: JsonMap, { uid, version }: DeleteOptions): void {
  const name = textAt(live, 'metadata', 'name');
  const [liveUid, liveVersion] = [
    textAt(live, 'metadata', 'uid'),
    textAt(live, 'metadata', 'resourceVersion'),
  ];
  if (uid !== '' && uid !== liveUid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${liveUid}). The object might have been deleted and then recreated`;
    throw conflict(type.group, type.kind, name, why);
  }
  if (version !== '' && version !== liveVersion) {
    const why = `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${liveVersion}). The object might have been modified`;
    throw conflict(type.group, type.kind, name, why);
  }
}

/** What became of an object: as it is kept while it goes, or as it last was. */
interface Removal {
  readonly object: JsonMap;
  readonly gone: boolean;
}

function remove(state: ClusterState, type: ResourceType, live: JsonMap, options: DeleteOptions): Removal {
  if (type.kind === 'CustomResourceDefinition' && !options.dryRun) return removeDefinition(state, type, live);
  const grace = graceOf(type, live, options);
  const finalizers = finalizersOf(live, options);
  const namespaceGoes = type.kind === 'Namespace' && listAt(live, 'spec', 'finalizers').length > 0;
  const [namespace, name] = [textAt(live, 'metadata', 'namespace'), textAt(live, 'metadata', 'name')];
  if (finalizers.length === 0 && grace === 0 && !namespaceGoes) {
    const last = type.kind === 'Pod' ? markGoing(state, type, live, finalizers, grace) : live;
    if (options.dryRun) return { object: last, gone: true };
    const object = state.store.remove(storageOf(type), namespace, name, last) ?? last;
    rulesOf(type).removed?.(live, { state, namespace, dryRun: false });
    return { object, gone: true };
  }
  const going = markGoing(state, type, live, finalizers, grace);
  if (going === live || options.dryRun) return { object: going, gone: false };
  return { object: state.store.put(storageOf(type), namespace, name, going), gone: false };
}

/**
 * A definition is answered as it goes, held by the finalizer under which its objects are removed. On a real server that takes a moment;
 * here it has happened when the next request is answered.
 */
function removeDefinition(state: ClusterState, type: ResourceType, live: JsonMap): Removal {
  const metadata = mapAt(live, 'metadata');
  const name = textAt(metadata, 'name');
  const cleanup = 'customresourcecleanup.apiextensions.k8s.io';
  const going = { ...metadata, deletionTimestamp: timestamp(state), finalizers: [cleanup] };
  const condition = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: timestamp(state),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  };
  const status = {
    ...mapAt(live, 'status'),
    conditions: [...listAt(live, 'status', 'conditions'), condition],
  };
  const object = state.store.put(storageOf(type), '', name, { ...live, metadata: going, status });
  const storage = `${textAt(live, 'spec', 'group')}/${textAt(live, 'spec', 'names', 'plural')}`;
  for (const one of state.store.collection(storage).inOrder(undefined)) {
    state.store.remove(storage, textAt(one, 'metadata', 'namespace'), textAt(one, 'metadata', 'name'));
  }
  state.store.remove(storageOf(type), '', name);
  rulesOf(type).removed?.(live, { state, namespace: '', dryRun: false });
  return { object, gone: false };
}

/** Only pods that a node has taken get time to end. */
function graceOf(type: ResourceType, live: JsonMap, { graceSeconds }: DeleteOptions): number {
  if (type.kind !== 'Pod') return 0;
  const phase = textAt(live, 'status', 'phase');
  if (textAt(live, 'spec', 'nodeName') === '' || phase === 'Failed' || phase === 'Succeeded') return 0;
  return graceSeconds ?? numberAt(live, 'spec', 'terminationGracePeriodSeconds') ?? defaultGraceSeconds;
}

function finalizersOf(live: JsonMap, { policy }: DeleteOptions): string[] {
  const present = listAt(live, 'metadata', 'finalizers').map(String);
  if (policy === undefined) return present;
  const kept = present.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  if (policy === 'Orphan') return [...kept, 'orphan'];
  return policy === 'Foreground' ? [...kept, 'foregroundDeletion'] : kept;
}

function markGoing(
  state: ClusterState,
  type: ResourceType,
  live: JsonMap,
  finalizers: readonly string[],
  grace: number,
): JsonMap {
  const metadata = { ...mapAt(live, 'metadata') };
  const already = textAt(metadata, 'deletionTimestamp') !== '';
  const sooner = already && grace < (numberAt(metadata, 'deletionGracePeriodSeconds') ?? 0);
  const sameHolders = JSON.stringify(finalizers) === JSON.stringify(listAt(metadata, 'finalizers'));
  if (already && !sooner && sameHolders) return live;
  if (!already || sooner) {
    metadata['deletionTimestamp'] = timestamp({ now: () => state.now() + grace * 1000 });
    metadata['deletionGracePeriodSeconds'] = grace;
  }
  const generation = numberAt(metadata, 'generation');
  if (!already && generation !== undefined) metadata['generation'] = generation + 1;
  if (finalizers.length > 0) metadata['finalizers'] = [...finalizers];
  else delete metadata['finalizers'];
  if (type.kind !== 'Namespace') return { ...live, metadata };
  return {
    ...live,
    metadata: withoutGrace(metadata),
    status: { ...mapAt(live, 'status'), phase: 'Terminating' },
  };
}

/** Namespaces tell no period of grace. */
function withoutGrace({ deletionGracePeriodSeconds: _, ...metadata }: JsonMap): JsonMap {
  return metadata;
}

function success(type: ResourceType, live: JsonMap): JsonMap {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: textAt(live, 'metadata', 'name'),
      ...(type.group === '' ? {} : { group: type.group }),
      kind: type.resource,
      uid: textAt(live, 'metadata', 'uid'),
    },
  };
}
