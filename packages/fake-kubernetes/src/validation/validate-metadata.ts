import {
  type Json,
  type JsonMap,
  isMap,
  jsonAt,
  listAt,
  mapAt,
  sameJson,
  textAt,
  plainText,
} from '../json/json-tree.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import type { ResourceType } from '../server/resource-type.ts';
import { nameFault } from './name-rules.ts';
import { isQualified, keyMessage, labelFaults } from './validate-labels.ts';
import { rulesOf } from './rules-of.ts';

/** How many bytes the annotations of an object may have together. */
const annotationsLimitBytes = 262_144;

/** What is wrong with the metadata of an object or of a change. */
export function validateMetadata(
  type: ResourceType,
  object: JsonMap,
  live: JsonMap | undefined,
): FieldFault[] {
  const metadata = mapAt(object, 'metadata');
  return [
    ...nameFaults(type, metadata),
    ...labelFaults(mapAt(metadata, 'labels'), 'metadata.labels'),
    ...annotationFaults(mapAt(metadata, 'annotations')),
    ...ownerFaults(listAt(metadata, 'ownerReferences')),
    ...finalizerFaults(listAt(metadata, 'finalizers')),
    ...(live === undefined ? [] : changeFaults(metadata, mapAt(live, 'metadata'), type.custom !== undefined)),
  ];
}

function nameFaults(type: ResourceType, metadata: JsonMap): FieldFault[] {
  const name = textAt(metadata, 'name');
  if (name === '') return [fault.required('metadata.name', 'name or generateName is required')];
  const wrong = nameFault(rulesOf(type).nameRule ?? 'subdomain', name);
  return wrong === undefined ? [] : [fault.invalid('metadata.name', name, wrong)];
}

function annotationFaults(annotations: JsonMap): FieldFault[] {
  const wrong = Object.keys(annotations)
    .filter((key) => !isQualified(key.toLowerCase()))
    .map((key) => fault.invalid('metadata.annotations', key, keyMessage));
  let size = 0;
  for (const [key, value] of Object.entries(annotations))
    size += Buffer.byteLength(key) + Buffer.byteLength(plainText(value));
  return size > annotationsLimitBytes
    ? [...wrong, fault.tooLong('metadata.annotations', annotationsLimitBytes)]
    : wrong;
}

function ownerFaults(owners: readonly Json[]): FieldFault[] {
  const faults = owners.flatMap((owner) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((key) => textAt(owner, key) === '')
      .map((key) => fault.invalid(`metadata.ownerReferences.${key}`, '', 'must not be empty')),
  );
  const controllers = owners.filter((owner) => isMap(owner) && owner['controller'] === true);
  if (controllers.length < 2) return faults;
  const why = 'Only one reference can have Controller set to true. Found "true" in references for several';
  return [...faults, fault.invalid('metadata.ownerReferences', [...owners], why)];
}

function finalizerFaults(finalizers: readonly Json[]): FieldFault[] {
  return finalizers.flatMap((finalizer, at) => {
    const known = ['orphan', 'foregroundDeletion', 'kubernetes'].includes(plainText(finalizer));
    if (known || plainText(finalizer).includes('/')) return [];
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    return [fault.invalid(`metadata.finalizers[${at}]`, finalizer, why)];
  });
}

/** Built-in kinds are asked twice by a real server, which tells it twice. */
function changeFaults(metadata: JsonMap, before: JsonMap, custom: boolean): FieldFault[] {
  const faults = [...addedFinalizers(metadata, before), ...immutableFaults(metadata, before)];
  return custom ? faults : [...faults, ...faults];
}

function addedFinalizers(metadata: JsonMap, before: JsonMap): FieldFault[] {
  if (textAt(before, 'deletionTimestamp') === '') return [];
  const added = listAt(metadata, 'finalizers').filter((one) => !listAt(before, 'finalizers').includes(one));
  if (added.length === 0) return [];
  const told = added.map((one) => JSON.stringify(one)).join(', ');
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${told}}`;
  return [fault.forbidden('metadata.finalizers', why)];
}

function immutableFaults(metadata: JsonMap, before: JsonMap): FieldFault[] {
  return ['name', 'namespace', 'uid', 'creationTimestamp']
    .filter((key) => !sameJson(jsonAt(metadata, key), jsonAt(before, key)))
    .map((key) => fault.invalid(`metadata.${key}`, jsonAt(metadata, key), 'field is immutable'));
}
