/** The number of a revision, on a Deployment and its ReplicaSets. */
export const REVISION = 'deployment.kubernetes.io/revision';
/** Numbers that a ReplicaSet had before it became current again. */
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
/** The wanted number when a ReplicaSet was last sized. */
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
/** The wanted number with surge when a ReplicaSet was last sized. */
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
