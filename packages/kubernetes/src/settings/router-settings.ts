import type { JsonObject } from '@sluice/core/kernel/json.ts';

/** One of those who split a component's traffic in a cluster. */
export type RouterSettings = ServiceRouter | GatewayRouter | IstioRouter;

/** No router at all: a plain Service over the pods of all revisions that serve, so that shares follow the number of pods. */
export interface ServiceRouter {
  readonly kind: 'service';
}

/** A route of the Gateway API. */
export interface GatewayRouter {
  readonly kind: 'gateway-api';
  readonly route: 'HTTPRoute' | 'GRPCRoute';
  /** Name of the route; null: the component's own name, and Sluice makes it. A route that exists keeps what Sluice does not set. */
  readonly name: string | null;
  /** `spec.parentRefs`: gateways, or Services for a mesh (GAMMA). */
  readonly parents: readonly {
    readonly kind: 'Gateway' | 'Service';
    readonly name: string;
    readonly namespace: string | null;
    readonly section: string | null;
  }[];
  /** Cookie name for session persistence where the gateway offers it; null: none. */
  readonly sessionCookie: string | null;
  readonly timeoutMs: number | null;
}

/** A VirtualService with a DestinationRule. */
export interface IstioRouter {
  readonly kind: 'istio';
  /** The name of an existing one to adopt; null: Sluice makes it under the component's name. */
  readonly virtualService: { readonly name: string; readonly routes: readonly string[] } | null;
  /** `mesh`, or `namespace/gateway`. */
  readonly gateways: readonly string[];
  readonly hosts: readonly string[];
  readonly timeoutMs: number | null;
  readonly retries: {
    readonly attempts: number;
    readonly perTryTimeoutMs: number;
    readonly on: string;
  } | null;
  /** In the form of `http[].fault` of a VirtualService. */
  readonly fault: JsonObject | null;
  /** In the forms of `trafficPolicy` of a DestinationRule. */
  readonly outlierDetection: JsonObject | null;
  readonly connectionPool: JsonObject | null;
  /** In the form of `trafficPolicy.loadBalancer.localityLbSetting`. */
  readonly locality: JsonObject | null;
  /** PeerAuthentication of the component's pods; null: none is made. */
  readonly mutualTls: 'STRICT' | 'PERMISSIVE' | null;
  /** Rules in the form of `spec.rules` of an ALLOW AuthorizationPolicy; null: none is made. */
  readonly allow: readonly JsonObject[] | null;
}
