import { distance } from 'fastest-levenshtein';

/** No name is longer; comparing what is takes long. */
const MAX_COMPARED_LENGTH = 64;

/** Words from Compose, Kamal, Kubernetes, Argo Rollouts and Flagger, and what is meant by them here. */
const FAMILIAR: ReadonlyMap<string, readonly string[]> = new Map([
  ['services', ['components']],
  ['apps', ['components']],
  ['name', ['application']],
  ['replicas', ['instances']],
  ['strategy', ['strategies']],
  ['scale', ['instances']],
  ['count', ['instances']],
  ['command', ['run', 'command']],
  ['cmd', ['run']],
  ['start', ['run']],
  ['environment', ['env', 'environments']],
  ['envs', ['env', 'environments']],
  ['variables', ['env']],
  ['healthcheck', ['health']],
  ['readiness', ['health']],
  ['dependson', ['needs']],
  ['requires', ['needs']],
  ['ingress', ['route']],
  ['hosts', ['host']],
  ['hostname', ['host']],
  ['domain', ['host']],
  ['limits', ['resources']],
  ['mem', ['memory']],
  ['draintimeout', ['drain']],
  ['graceperiod', ['drain']],
  ['weight', ['share']],
  ['setweight', ['share', 'shift']],
  ['percent', ['share']],
  ['duration', ['hold', 'for']],
  ['pause', ['hold']],
  ['wait', ['hold']],
  ['threshold', ['criteria', 'limit']],
  ['metrics', ['criteria']],
  ['analysis', ['judge']],
  ['errorrate', ['errors']],
  ['latency', ['p95']],
  ['soak', ['bake']],
  ['stages', ['phases']],
  ['retries', ['attempts']],
  ['build', ['source']],
  ['context', ['source', 'cluster']],
  ['containerport', ['port']],
  ['ports', ['port']],
  ['entrypoint', ['command']],
  ['hpa', ['autoscale']],
  ['autoscaling', ['autoscale']],
  ['maxreplicas', ['max']],
  ['pdb', ['disruption']],
  ['poddisruptionbudget', ['disruption']],
  ['horizontalpodautoscaler', ['autoscale']],
  ['verticalpodautoscaler', ['vpa']],
  ['averageutilization', ['cpu']],
  ['networkpolicy', ['network']],
  ['servicemonitor', ['monitor']],
  ['scrape', ['monitor']],
  ['gateway', ['parents', 'gateways']],
  ['gateways', ['parents']],
  ['parentrefs', ['parents']],
  ['livenessprobe', ['liveness']],
  ['readinessprobe', ['health']],
  ['imagepullpolicy', ['pull-policy']],
  ['imagepullsecrets', ['pull-secrets']],
  ['configmap', ['files']],
  ['volumes', ['files', 'writable']],
  ['affinity', ['anti-affinity']],
  ['topologyspreadconstraints', ['spread']],
  ['user', ['run-as-user']],
  ['securitycontext', ['run-as-user']],
  ['address', ['prometheus']],
  ['stabilizationwindowseconds', ['stabilization']],
  ['periodseconds', ['period']],
  ['initialdelay', ['initial-delay']],
  ['failurelimit', ['failure-limit']],
  ['progressdeadlineseconds', ['progress-deadline']],
]);

/**
 * The candidate that was probably meant: the same word in another spelling (`max_surge`), a word of another
 * tool (`replicas`), the beginning of one (`prod`), or the nearest by Levenshtein distance, at most two letters or a third of them away.
 */
export function nearestName(written: string, candidates: readonly string[]): string | undefined {
  if (written.length > MAX_COMPARED_LENGTH) return undefined;
  const plain = plainly(written);
  const same = candidates.find((candidate) => plainly(candidate) === plain);
  if (same !== undefined) return same;
  const near = candidates
    .map((candidate) => ({ candidate, away: distance(plain, plainly(candidate)) }))
    .sort((a, b) => a.away - b.away)[0];
  const begun = plain.length >= 3 && candidates.find((candidate) => plainly(candidate).startsWith(plain));
  if (begun) return begun;
  const reach = plain.length <= 3 ? 1 : Math.max(2, Math.floor(plain.length / 3));
  if (near && near.away <= reach && near.away < plainly(near.candidate).length) return near.candidate;
  return FAMILIAR.get(plain)?.find((name) => candidates.includes(name));
}

const plainly = (name: string): string => name.toLowerCase().replace(/[-_ .]/g, '');

/** `is not a known key; did you mean "phases"?`, or the list of what is known. */
export function unknownName(
  written: string,
  candidates: readonly string[],
  kind: string,
): { readonly says: string; readonly suggestion?: string } {
  const suggestion = nearestName(written, candidates);
  const problem = `is not a known ${kind}`;
  if (suggestion !== undefined) return { says: `${problem}; did you mean "${suggestion}"?`, suggestion };
  if (candidates.length === 0) return { says: `${problem}; there are none` };
  if (candidates.length === 1) return { says: `${problem}; the only one is "${candidates[0]}"` };
  return { says: `${problem}; known are ${candidates.join(', ')}` };
}
