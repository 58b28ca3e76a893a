import type { ApiObject } from './api-object.ts';
import type { LabelSelector } from './label-selector.ts';
import type { Resource } from './resource.ts';

/** A Service, as far as its endpoints need it. */
export interface Service extends ApiObject {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses?: boolean;
    readonly ports?: readonly ServicePort[];
  };
}

/** One port of a Service. */
export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
  /** A number, or the name of a port of the pods. */
  readonly targetPort?: number | string;
}

/** Services of the core. */
export const SERVICES: Resource<Service> = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  namespaced: true,
};

/** The selector of a Service; undefined for one without, whose endpoints are somebody else's business. */
export function selectorOf({ spec }: Service): LabelSelector | undefined {
  const isSelecting = spec.selector !== undefined && Object.keys(spec.selector).length > 0;
  return isSelecting && spec.type !== 'ExternalName' ? { matchLabels: spec.selector } : undefined;
}
