import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import { asObject, asText } from '../objects/as-object.ts';
import { withoutOwnKeys } from '../objects/labels.ts';
import type { KubernetesObject, ObjectMetadata } from '../objects/kubernetes-object.ts';

/** Written by `kubectl apply` for its own use; a copy of the whole object, Secrets included. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * An object as a user declared it, under metadata of ours: its labels and annotations are kept where ours do not say
 * otherwise, its namespace is kept, and what only a server fills in (status, uid, version) is left out.
 */
export function declaredObject(object: JsonObject, metadata: ObjectMetadata): KubernetesObject {
  const { apiVersion, kind, metadata: declared, status: _status, ...content } = object;
  const own = asObject(declared);
  const { [LAST_APPLIED]: _lastApplied, ...annotations } = asTexts(own['annotations']);
  const namespace = typeof own['namespace'] === 'string' ? own['namespace'] : metadata.namespace;
  return {
    apiVersion: asText(apiVersion),
    kind: asText(kind),
    metadata: {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...withoutOwnKeys(asTexts(own['labels'])), ...metadata.labels },
      annotations: { ...withoutOwnKeys(annotations), ...metadata.annotations },
    },
    ...content,
  };
}

const asTexts = (value: JsonValue | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(asObject(value)).map(([key, text]) => [key, asText(text)]));
