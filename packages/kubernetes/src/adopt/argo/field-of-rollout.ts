import { isRecord } from '../workloads/check-shape.ts';
import type { ManifestDocument } from '../adoption.ts';

/**
 * The value of a field of a Rollout that a `fieldRef` names, as a text: `metadata.labels['env']`, `spec.replicas`.
 * Undefined when it is not there, is no single value, or is only known in the cluster.
 */
export function fieldOfRollout(
  rollout: ManifestDocument,
  fieldPath: string,
  namespace: string,
): string | undefined {
  if (fieldPath === 'metadata.namespace') return namespace;
  const labelled = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath);
  if (labelled) return textOf(recordAt(rollout.object.metadata, labelled[1] ?? '')?.[labelled[2] ?? '']);
  const parts = fieldPath.split(/[.[\]]+/).filter((part) => part !== '');
  return textOf(parts.reduce<unknown>(inside, rollout.object));
}

function inside(value: unknown, part: string): unknown {
  if (Array.isArray(value)) return value[Number(part)];
  return isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
}

const recordAt = (value: object, key: string): Record<string, unknown> | undefined => {
  const record = inside(value, key);
  return isRecord(record) ? record : undefined;
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
