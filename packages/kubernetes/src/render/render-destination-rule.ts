import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import type { IstioRouter } from '../settings/router-settings.ts';
import { revisionMetadata } from './object-metadata.ts';
import type { RenderedRevision } from './rendered-revision.ts';

/**
 * How the mesh treats the Service of one revision: its DestinationRule, where an Istio router asks for outlier detection,
 * connection pools or a locality. It goes by the Service of the revision, because that is what the routes of Sluice lead
 * to; one over the Service of the track would hold for nobody. Without a port there is no such Service, and no rule.
 */
export function renderDestinationRule(of: RenderedRevision, generation: number): KubernetesObject[] {
  const router = of.settings.routers.find((candidate) => candidate.kind === 'istio');
  if (router === undefined || of.settings.workload.port === null) return [];
  const trafficPolicy = trafficPolicyOf(router);
  if (Object.keys(trafficPolicy).length === 0) return [];
  const name = revisionName(of.track, of.revision);
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: revisionMetadata(of, name, generation),
      spec: { host: name, trafficPolicy },
    },
  ];
}

const trafficPolicyOf = ({ connectionPool, outlierDetection, locality }: IstioRouter): JsonObject => ({
  ...(connectionPool === null ? {} : { connectionPool }),
  ...(outlierDetection === null ? {} : { outlierDetection }),
  ...(locality === null ? {} : { loadBalancer: { localityLbSetting: locality } }),
});
