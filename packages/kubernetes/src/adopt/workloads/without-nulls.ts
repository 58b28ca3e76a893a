import type { KubernetesObject } from '../../objects/kubernetes-object.ts';
import type { ComponentAdoption } from '../adopted-component.ts';
import type { ManifestDocument } from '../adoption.ts';
import { isRecord } from './check-shape.ts';

/**
 * Adopts a document with all of them read as an API server reads them: a key whose value is null is not there. What comes
 * back names the documents that were given.
 */
export function adoptWithoutNulls(
  document: ManifestDocument,
  documents: readonly ManifestDocument[],
  adopt: (document: ManifestDocument, documents: readonly ManifestDocument[]) => ComponentAdoption,
): ComponentAdoption {
  const given = documents.includes(document) ? documents : [document, ...documents];
  const cleaned = given.map((one) => ({ ...one, object: withoutNulls(one.object) as KubernetesObject }));
  const adoption = adopt(cleaned[given.indexOf(document)]!, cleaned);
  if (!adoption.ok) return adoption;
  return { ...adoption, used: adoption.used.map((one) => given[cleaned.indexOf(one)]!) };
}

/** The same value without keys whose value is null, at every level; items of lists stay as they are. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}
