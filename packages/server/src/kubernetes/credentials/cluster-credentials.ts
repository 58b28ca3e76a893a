/** By what Sluice is let into a cluster. */
export type ClusterCredentials = KubeconfigCredentials | InClusterCredentials | TokenCredentials;

/** A kubeconfig file; without a path those of `KUBECONFIG`, else `~/.kube/config`; without a context the current one. */
export interface KubeconfigCredentials {
  readonly kind: 'kubeconfig';
  readonly path?: string;
  readonly context?: string;
}

/** The service account of the pod in which Sluice runs. */
export interface InClusterCredentials {
  readonly kind: 'in-cluster';
  /** Address of the API server; else `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. */
  readonly server?: string;
  /** Where `token` and `ca.crt` are mounted; else where every pod has them. */
  readonly folder?: string;
}

/** A server and a token that does not change. */
export interface TokenCredentials {
  readonly kind: 'token';
  readonly server: string;
  readonly token: string;
  /** PEM of the authority that signed the server's certificate; else those that Node trusts. */
  readonly ca?: string;
}
