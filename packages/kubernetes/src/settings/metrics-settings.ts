import type { SecretReference } from '@sluice/core/rollout/secret-reference.ts';

/** Where the evidence of a component in a cluster comes from. */
export interface MetricsSettings {
  readonly provider: 'prometheus';
  /** Base address, such as `http://prometheus.monitoring:9090`. */
  readonly address: string;
  /** Headers sent with every query; a value is a text, or a place where it is kept. */
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly tls: {
    /** Path of a PEM file on the control plane's machine; null: the system's authorities. */
    readonly caFile: string | null;
    readonly certFile: string | null;
    readonly keyFile: string | null;
    readonly insecure: boolean;
  } | null;
  readonly source: MetricsSource;
  /** Length of one tick of evidence, in ms; no shorter than the scrape interval. */
  readonly tickMs: number;
  /** How long after a moment its samples are expected to be there, in ms. */
  readonly delayMs: number;
}

/** A header's value, or where it is kept. */
export type HeaderValue =
  | { readonly value: string }
  | { readonly file: string }
  | { readonly environment: string }
  /** Kept by Sluice itself, or by Vault. */
  | { readonly secret: Exclude<SecretReference, { readonly from: 'file' | 'environment' }> };

/** Whose metrics are read: those that a router or mesh exports, the application's own, or queries written by hand. */
export type MetricsSource =
  | { readonly kind: 'istio' | 'envoy-gateway' | 'nginx-ingress' | 'linkerd' }
  | {
      readonly kind: 'application';
      /** Names of the counter of requests (with a label for the status) and of the latency histogram, in seconds. */
      readonly requests: string;
      readonly statusLabel: string;
      readonly latency: string | null;
      /** The label that names the pod. */
      readonly podLabel: string;
    }
  | {
      readonly kind: 'queries';
      /**
       * PromQL that gives cumulative counters; `{{pods}}` is a regular expression of the revision's pod names,
       * `{{namespace}}`, `{{service}}` and `{{revision}}` their names.
       */
      readonly requests: string;
      readonly errors: string;
      /** Gives `le` buckets or a native histogram, in seconds; null: latency is not judged. */
      readonly latency: string | null;
    };
