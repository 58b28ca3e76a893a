import { type Json, type JsonMap, ensureMap, isMap, listAt, mapAt, textAt } from '../json/json-tree.ts';

/** Sets a key that is not there. */
export function fill(target: JsonMap, key: string, value: Json): void {
  if (target[key] === undefined || target[key] === null) target[key] = value;
}

/** The defaults of a pod's spec, as they stand in a pod and in every template. */
export function podSpecDefaults(spec: JsonMap): void {
  fill(spec, 'dnsPolicy', 'ClusterFirst');
  fill(spec, 'restartPolicy', 'Always');
  fill(spec, 'schedulerName', 'default-scheduler');
  fill(spec, 'terminationGracePeriodSeconds', 30);
  ensureMap(spec, 'securityContext');
  if (textAt(spec, 'serviceAccountName') !== '') spec['serviceAccount'] = textAt(spec, 'serviceAccountName');
  else if (textAt(spec, 'serviceAccount') !== '') spec['serviceAccountName'] = textAt(spec, 'serviceAccount');
  for (const container of [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]) {
    if (isMap(container)) containerDefaults(container, spec['hostNetwork'] === true);
  }
  for (const volume of listAt(spec, 'volumes')) if (isMap(volume)) volumeDefaults(volume);
}

function containerDefaults(container: JsonMap, hostNetwork: boolean): void {
  const image = textAt(container, 'image');
  const tag = /:([^/@]+)$/.exec(image)?.[1];
  const pinned = (tag !== undefined && tag !== 'latest') || image.includes('@');
  fill(container, 'imagePullPolicy', pinned ? 'IfNotPresent' : 'Always');
  fill(container, 'terminationMessagePath', '/dev/termination-log');
  fill(container, 'terminationMessagePolicy', 'File');
  for (const port of listAt(container, 'ports')) if (isMap(port)) portDefaults(port, hostNetwork);
  for (const env of listAt(container, 'env')) fieldReferenceDefaults(mapAt(env, 'valueFrom'));
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (isMap(container[probe])) probeDefaults(container[probe]);
  }
  for (const hook of ['postStart', 'preStop']) httpGetDefaults(mapAt(container, 'lifecycle', hook));
}

function portDefaults(port: JsonMap, hostNetwork: boolean): void {
  fill(port, 'protocol', 'TCP');
  if (hostNetwork && port['containerPort'] !== undefined) fill(port, 'hostPort', port['containerPort']);
}

/** What a container of a pod limits and does not ask for is asked for as far as it is limited; templates stay as they are. */
export function resourceDefaults(container: JsonMap): void {
  const limits = mapAt(container, 'resources', 'limits');
  if (Object.keys(limits).length === 0) return;
  const requests = ensureMap(ensureMap(container, 'resources'), 'requests');
  for (const [resource, amount] of Object.entries(limits)) fill(requests, resource, amount);
}

function fieldReferenceDefaults(source: JsonMap): void {
  if (isMap(source['fieldRef'])) fill(source['fieldRef'], 'apiVersion', 'v1');
  if (isMap(source['resourceFieldRef'])) fill(source['resourceFieldRef'], 'divisor', '0');
}

function probeDefaults(probe: JsonMap): void {
  fill(probe, 'timeoutSeconds', 1);
  fill(probe, 'periodSeconds', 10);
  fill(probe, 'successThreshold', 1);
  fill(probe, 'failureThreshold', 3);
  httpGetDefaults(probe);
  if (isMap(probe['grpc'])) fill(probe['grpc'], 'service', '');
}

function httpGetDefaults(handler: JsonMap): void {
  if (!isMap(handler['httpGet'])) return;
  fill(handler['httpGet'], 'path', '/');
  fill(handler['httpGet'], 'scheme', 'HTTP');
}

const defaultFileMode = 0o644;

function volumeDefaults(volume: JsonMap): void {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) volume['emptyDir'] = {};
  for (const key of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    if (isMap(volume[key])) fill(volume[key], 'defaultMode', defaultFileMode);
  }
  if (isMap(volume['hostPath'])) fill(volume['hostPath'], 'type', '');
  for (const source of listAt(volume, 'projected', 'sources')) {
    const token = mapAt(source, 'serviceAccountToken');
    if (Object.keys(token).length > 0) fill(token, 'expirationSeconds', 3600);
    for (const item of listAt(source, 'downwardAPI', 'items'))
      fieldReferenceDefaults(isMap(item) ? item : {});
  }
  for (const item of listAt(volume, 'downwardAPI', 'items')) fieldReferenceDefaults(isMap(item) ? item : {});
}
