import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';
import { asObject, asText } from '../objects/as-object.ts';
import { ARGO_HASH_LABEL, REVISION, TRACK } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionHash } from '../objects/names.ts';
import { declaredObject } from './declared-object.ts';
import { podMarks, revisionMetadata, trackMetadata } from './object-metadata.ts';
import type { RenderedRevision, TemplateRevision } from './rendered-revision.ts';

/** Kinds that a pod reads its configuration from, of which every revision has copies of its own. */
type ConfigurationKind = 'ConfigMap' | 'Secret';

/**
 * The pod template of the user's own, as it is. Only labels and annotations are added: those by which Sluice finds the pods
 * (which win over the template's), what the settings add and the recommended ones (which do not, because the user's own
 * Services may select by them), and the one by which queries for Argo Rollouts tell revisions apart. Names of ConfigMaps
 * and Secrets that come with the revision are replaced by those of its copies.
 */
export function renderTemplate(of: TemplateRevision): JsonObject {
  const { template } = of.settings.workload;
  return { ...marked(of, template), spec: renamed(of, asObject(template['spec'])) };
}

/** The marks of a pod laid over a template's metadata, under the rules of `renderTemplate`. */
export function marked(of: RenderedRevision, template: JsonObject): JsonObject {
  const metadata = asObject(template['metadata']);
  const { labels, annotations } = podMarks(of);
  const { [TRACK]: track = '', [REVISION]: revision = '' } = labels;
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: {
        ...labels,
        ...asObject(metadata['labels']),
        [TRACK]: track,
        [REVISION]: revision,
        [ARGO_HASH_LABEL]: revisionHash(of.revision),
      },
      annotations: {
        ...annotations,
        ...asObject(metadata['annotations']),
        [TRACK]: of.track,
        [REVISION]: of.revision,
      },
    },
  };
}

/** Copies of the ConfigMaps and Secrets that the template names, for this revision alone; they are immutable. */
export function renderOwnConfiguration(of: TemplateRevision, generation: number): KubernetesObject[] {
  return besides(of)
    .filter((object) => isConfiguration(of, object))
    .map((object) => ({
      ...declaredObject(object, revisionMetadata(of, copyName(of, nameOf(object)), generation)),
      immutable: true,
    }));
}

/** Everything else that comes with the template; it is there once, whatever the revision. */
export function renderBesides(of: TemplateRevision, generation: number): KubernetesObject[] {
  return besides(of)
    .filter((object) => !isConfiguration(of, object))
    .map((object) => declaredObject(object, trackMetadata(of, nameOf(object), generation)));
}

const besides = (of: TemplateRevision): readonly JsonObject[] => of.settings.workload.besides;

const nameOf = (object: JsonObject): string => asText(asObject(object['metadata'])['name']);

/** The revision's hash stands for the content, which is part of what was hashed. */
const copyName = (of: RenderedRevision, name: string): string => `${name}-${revisionHash(of.revision)}`;

/** Whether the template names this ConfigMap or Secret, in the namespace of its pods. */
function isConfiguration(of: TemplateRevision, object: JsonObject): boolean {
  const namespace = asObject(object['metadata'])['namespace'] ?? of.settings.namespace;
  if (namespace !== of.settings.namespace) return false;
  const kind = object['kind'];
  if (kind !== 'ConfigMap' && kind !== 'Secret') return false;
  let named = false;
  eachReference(asObject(of.settings.workload.template['spec']), (referred, name) => {
    named ||= referred === kind && name === nameOf(object);
    return name;
  });
  return named;
}

function renamed(of: TemplateRevision, spec: JsonObject): JsonObject {
  const copied = new Set(
    besides(of)
      .filter((object) => isConfiguration(of, object))
      .map((object) => `${asText(object['kind'])}/${nameOf(object)}`),
  );
  return eachReference(spec, (kind, name) => (copied.has(`${kind}/${name}`) ? copyName(of, name) : name));
}

type Rename = (kind: ConfigurationKind, name: string) => string;

/** The keys under which a pod's spec names a ConfigMap or Secret, in volumes, variables and pull secrets alike. */
const REFERENCES: Readonly<Record<string, ConfigurationKind>> = {
  configMap: 'ConfigMap',
  configMapRef: 'ConfigMap',
  configMapKeyRef: 'ConfigMap',
  secret: 'Secret',
  secretRef: 'Secret',
  secretKeyRef: 'Secret',
  nodePublishSecretRef: 'Secret',
  imagePullSecrets: 'Secret',
};

function eachReference(spec: JsonObject, rename: Rename): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).map(([key, value]) => [key, value && visited(value, REFERENCES[key], rename)]),
  );
}

function visited(value: JsonValue, kind: ConfigurationKind | undefined, rename: Rename): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => visited(item, kind, rename));
  if (value === null || typeof value !== 'object') return value;
  const object = eachReference(value as JsonObject, rename);
  if (kind === undefined) return object;
  return {
    ...object,
    ...replaced(object, 'name', kind, rename),
    ...replaced(object, 'secretName', kind, rename),
  };
}

function replaced(object: JsonObject, key: string, kind: ConfigurationKind, rename: Rename): JsonObject {
  const name = object[key];
  return typeof name === 'string' ? { [key]: rename(kind, name) } : {};
}
