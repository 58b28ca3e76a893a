/** Plurals that the rule of the language does not give. */
const IRREGULAR: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  NetworkPolicy: 'networkpolicies',
};

/** The plural under which Kubernetes serves a kind: `deployments` for `Deployment`. */
export function resourceOf(kind: string): string {
  const irregular = Object.hasOwn(IRREGULAR, kind) ? IRREGULAR[kind] : undefined;
  if (irregular !== undefined) return irregular;
  const name = kind.toLowerCase();
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}

/** The group and the version of an `apiVersion`; the core has no group. */
export function groupAndVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

/** Kinds that belong to no namespace, of those that a release can hold. */
const OF_THE_CLUSTER: readonly string[] = [
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'PersistentVolume',
  'StorageClass',
  'PriorityClass',
  'CustomResourceDefinition',
];

/** Whether objects of a kind belong to the whole cluster. */
export const isOfCluster = (kind: string): boolean => OF_THE_CLUSTER.includes(kind);
