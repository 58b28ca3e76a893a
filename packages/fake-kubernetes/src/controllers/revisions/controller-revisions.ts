import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { type ApiObject, keyOf, ownedBy } from '../objects/api-object.ts';
import type { PodTemplate } from '../objects/pod.ts';
import { CONTROLLER_REVISIONS } from '../objects/resource.ts';
import { templateHash } from '../objects/template-hash.ts';
import type { ControllerRevision } from '../objects/workload.ts';
import { owned } from '../pods/owned.ts';
import type { Informer } from '../watching/informer.ts';
import { type ObjectAccess, must } from '../watching/object-access.ts';

/** Says on a pod and on a revision which template it comes from. */
export const REVISION_HASH = 'controller-revision-hash';

type Owner = ApiObject & {
  readonly spec: {
    readonly template: PodTemplate;
    readonly revisionHistoryLimit?: number;
  };
};

/** What remembers the templates of a StatefulSet or DaemonSet. */
export interface RevisionTools {
  readonly informer: Informer<ControllerRevision>;
  readonly access: ObjectAccess;
}

/** The revision of the present template: an old one that becomes the newest again, or a new one. */
export async function currentRevision(
  { informer, access }: RevisionTools,
  owner: Owner,
): Promise<ControllerRevision> {
  const known = owned(informer, owner);
  const newest = Math.max(0, ...known.map(({ revision }) => revision));
  const wanted = canonicalJson(revisionContent(owner.spec.template));
  const same = known.find(({ data }) => canonicalJson(data) === wanted);
  if (same !== undefined) {
    if (same.revision === newest) return same;
    const again = { ...same, revision: newest + 1 };
    return must(await access.replace(CONTROLLER_REVISIONS, again), `renew ${keyOf(same)}`);
  }
  const { name, namespace } = owner.metadata;
  const hash = templateHash(owner.spec.template);
  const body = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...owner.spec.template.metadata?.labels, [REVISION_HASH]: hash },
      ownerReferences: [ownedBy(owner)],
    },
    data: revisionContent(owner.spec.template),
    revision: newest + 1,
  };
  return must(await access.create(CONTROLLER_REVISIONS, { namespace }, body), `remember ${keyOf(owner)}`);
}

/** The template that a revision remembers. */
export function templateOf({ data }: ControllerRevision): PodTemplate {
  const { $patch: _, ...template } = (data as RevisionContent).spec.template;
  return template;
}

/** Removes the oldest revisions beyond the limit that nothing uses any more. */
export async function forgetRevisions(
  { informer, access }: RevisionTools,
  owner: Owner,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const limit = owner.spec.revisionHistoryLimit ?? 10;
  const free = owned(informer, owner)
    .filter(({ metadata }) => !inUse.has(metadata.name))
    .sort((a, b) => a.revision - b.revision);
  for (const revision of free.slice(0, Math.max(0, free.length - limit)))
    must(await access.remove(CONTROLLER_REVISIONS, revision), `forget ${keyOf(revision)}`);
}

interface RevisionContent {
  readonly spec: { readonly template: PodTemplate & { readonly $patch: 'replace' } };
}

function revisionContent(template: PodTemplate): RevisionContent {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}
