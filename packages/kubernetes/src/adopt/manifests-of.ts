import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import type { ManifestDocument, ManifestFault } from './adoption.ts';
import type { ManifestReading } from './manifest-reading.ts';

/** Where a value that may be an object of Kubernetes stands. */
interface Place {
  readonly file: string;
  /** Such as `document 2`, until it has a kind and a name. */
  readonly name: string;
  readonly line: ManifestDocument['line'];
}

/** The objects that one document holds: none when it is empty, several when it is a `List`, otherwise itself. */
export function manifestsOf(value: unknown, place: Place): ManifestReading {
  if (value === null || value === undefined) return { ok: true, documents: [] };
  if (!isRecord(value))
    return refuse(place, [], 'An object was expected: it begins with apiVersion and kind.');
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return refuse(place, ['apiVersion'], 'It has no apiVersion, so that nobody can tell what it is.');
  if (typeof kind !== 'string' || kind === '')
    return refuse(place, ['kind'], 'It has no kind, so that nobody can tell what it is.');
  if (kind.endsWith('List') && Array.isArray(value['items']))
    return flattened(value['items'], { apiVersion, kind }, place);
  const named = { ...place, name: `${place.name} (${kind})` };
  const { metadata } = value;
  if (!isRecord(metadata)) return refuse(named, ['metadata'], 'It has no metadata.');
  if (typeof metadata['name'] !== 'string' || metadata['name'] === '')
    return refuse(
      named,
      ['metadata', 'name'],
      'It has no metadata.name; a name that the server makes up cannot be referred to.',
    );
  const fault = metadataFault(metadata);
  if (fault) return refuse(named, ['metadata', ...fault.path], fault.message);
  const object = value as unknown as KubernetesObject;
  return { ok: true, documents: [{ object, file: place.file, line: place.line }] };
}

/** Anything else of an object is for its reader to judge; by these it is found. */
function metadataFault(
  metadata: Readonly<Record<string, unknown>>,
): { readonly path: readonly string[]; readonly message: string } | undefined {
  const { namespace } = metadata;
  if (namespace !== undefined && namespace !== null && (typeof namespace !== 'string' || namespace === ''))
    return { path: ['namespace'], message: 'A namespace is a text.' };
  for (const key of ['labels', 'annotations']) {
    const texts = metadata[key] ?? {};
    if (!isRecord(texts)) return { path: [key], message: `${key} are a mapping of texts.` };
    const wrong = Object.entries(texts).find(([, value]) => typeof value !== 'string');
    if (wrong)
      return {
        path: [key, wrong[0]],
        message: `The value of ${wrong[0]} must be a text; put it in quotes (\`on\`, \`yes\` and numbers are none without).`,
      };
  }
  return undefined;
}

function flattened(
  items: readonly unknown[],
  list: { readonly apiVersion: string; readonly kind: string },
  place: Place,
): ManifestReading {
  // Items of a typed list, such as a DeploymentList, need not repeat what they are.
  const typed =
    list.kind === 'List' ? {} : { apiVersion: list.apiVersion, kind: list.kind.slice(0, -'List'.length) };
  const readings = items.map((item, index) =>
    manifestsOf(isRecord(item) ? { ...typed, ...item } : (item ?? 'nothing'), {
      ...place,
      name: `${place.name}, items[${index}]`,
      line: (path) => place.line(['items', index, ...path]),
    }),
  );
  const faults = readings.flatMap((reading) => (reading.ok ? [] : reading.faults));
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, documents: readings.flatMap((reading) => (reading.ok ? reading.documents : [])) };
}

function refuse(place: Place, path: readonly string[], message: string): ManifestReading {
  const fault: ManifestFault = { file: place.file, line: place.line(path), path: place.name, message };
  return { ok: false, faults: [fault] };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
