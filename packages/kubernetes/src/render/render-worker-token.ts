import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject, ObjectReference } from '../objects/kubernetes-object.ts';
import {
  APPLICATION_LABEL,
  COMPONENT_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  TRACK,
} from '../objects/labels.ts';
import { labelValue, objectName, trackLabel } from '../objects/names.ts';
import { base64 } from './base64.ts';
import type { RenderedRevision } from './rendered-revision.ts';

/** The key of the token in its Secret, and the name of the file that a pod reads it from. */
export const WORKER_TOKEN_KEY = 'token';

/** Where pods of agents see the Secret. It is the folder that is mounted: of a single file they would not see the next one. */
const FOLDER = '/run/sluice/token';
const VOLUME = 'sluice-token';

/** The Secret of a track with the token of its workers. */
export const workerTokenSecret = (namespace: string, track: TrackId): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name: `${objectName(track)}-worker-token`,
});

/** That Secret with a token in it. It belongs to the track, so that all revisions read the same one and see it renewed. */
export function renderWorkerToken(namespace: string, track: TrackId, token: string): KubernetesObject {
  const { name } = workerTokenSecret(namespace, track);
  const { application, component } = trackNames(track);
  const labels = {
    [MANAGED_BY_LABEL]: MANAGED_BY,
    [APPLICATION_LABEL]: labelValue(application),
    [COMPONENT_LABEL]: labelValue(component),
    [TRACK]: trackLabel(track),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels, annotations: { [TRACK]: track } },
    type: 'Opaque',
    data: { [WORKER_TOKEN_KEY]: base64(token) },
  };
}

/** What the pods of agents have for it; nothing for all others. */
export function mountWorkerToken({ component, settings, track }: RenderedRevision): {
  readonly volumes: readonly JsonObject[];
  readonly volumeMounts: readonly JsonObject[];
  readonly variables: Readonly<Record<string, JsonObject>>;
} {
  if (component.agents === undefined) return { volumes: [], volumeMounts: [], variables: {} };
  const { name } = workerTokenSecret(settings.namespace, track);
  return {
    volumes: [{ name: VOLUME, secret: { secretName: name } }],
    volumeMounts: [{ name: VOLUME, mountPath: FOLDER, readOnly: true }],
    variables: { SLUICE_TOKEN_FILE: { value: `${FOLDER}/${WORKER_TOKEN_KEY}` } },
  };
}
