import { type ApiObject, ownedBy } from '../objects/api-object.ts';
import type { PodSpec, PodTemplate } from '../objects/pod.ts';

/** How a pod differs from the template that it is made from. */
export interface PodShape {
  /** A name of its own, or the beginning of one that the server completes. */
  readonly naming: { readonly name: string } | { readonly generateName: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PodSpec>;
}

/** The body of a new pod that its owner manages. */
export function podFromTemplate(owner: ApiObject, template: PodTemplate, shape: PodShape): object {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...shape.naming,
      namespace: owner.metadata.namespace,
      labels: { ...labels, ...shape.labels },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [ownedBy(owner)],
    },
    spec: { ...template.spec, ...shape.spec },
  };
}
