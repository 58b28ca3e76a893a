import { readSchemaLines } from '../schema/builtin-schemas.ts';
import { type PlainResponse, jsonResponse } from './api-response.ts';
import { nothingServed } from './refusal.ts';
import type { ResourceRegistry } from './resource-registry.ts';
import type { ResourceType, Subresource } from './resource-type.ts';

/** The version this fake answers as. */
const serverVersion = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.9',
  gitCommit: 'fake',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};

const text = { 'content-type': 'text/plain; charset=utf-8' };
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What a path is answered that nothing knows. */
export const pageNotFound: PlainResponse = {
  kind: 'plain',
  status: 404,
  headers: text,
  body: '404 page not found\n',
};

/** Answers paths that are no resource: version, health, discovery. All others are not found. */
export function answerPath(registry: ResourceRegistry, path: string, accept: string): PlainResponse {
  const parts = path.split('/').filter((part) => part !== '');
  if (path === '/version') return jsonResponse(200, serverVersion);
  if (['healthz', 'livez', 'readyz'].includes(parts[0] ?? '') && parts.length === 1) {
    return { kind: 'plain', status: 200, headers: text, body: 'ok' };
  }
  if (path === '/openapi/v3') return jsonResponse(200, { paths: openapiPaths(registry) }, text);
  if (parts[0] === 'api') return answerCore(registry, parts, accept);
  if (parts[0] === 'apis') return answerGroups(registry, parts, accept);
  return pageNotFound;
}

function answerCore(registry: ResourceRegistry, parts: readonly string[], accept: string): PlainResponse {
  if (parts.length === 1) {
    if (accept.includes('APIGroupDiscoveryList')) return groupDiscovery(registry, ['']);
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }];
    return jsonResponse(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs });
  }
  return resourceList(registry, '', parts[1] ?? '');
}

function answerGroups(registry: ResourceRegistry, parts: readonly string[], accept: string): PlainResponse {
  const [, group, version] = parts;
  if (group === undefined) {
    const names = groupsOf(registry);
    if (accept.includes('APIGroupDiscoveryList')) return groupDiscovery(registry, names);
    const groups = names.map((name) => groupOf(registry, name));
    return jsonResponse(200, { kind: 'APIGroupList', apiVersion: 'v1', groups });
  }
  if (version !== undefined) return resourceList(registry, group, version);
  if (versionsOf(registry, group).length === 0) return pageNotFound;
  return jsonResponse(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(registry, group) });
}

function groupsOf(registry: ResourceRegistry): string[] {
  return [...new Set(registry.all().map(({ group }) => group))].filter((group) => group !== '');
}

function versionsOf(registry: ResourceRegistry, group: string): string[] {
  return [...new Set(registry.all().flatMap((type) => (type.group === group ? [type.version] : [])))];
}

function groupOf(registry: ResourceRegistry, name: string): object {
  const versions = versionsOf(registry, name).map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(registry: ResourceRegistry, group: string, version: string): PlainResponse {
  const types = registry.all().filter((type) => type.group === group && type.version === version);
  if (types.length === 0) {
    if (versionsOf(registry, group).length === 0) return pageNotFound;
    throw nothingServed();
  }
  const resources = types.flatMap((type) => [
    listed(type),
    ...[...type.subresources.values()].map((one) => listedSub(type, one)),
  ]);
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const head = group === '' ? { kind: 'APIResourceList' } : { kind: 'APIResourceList', apiVersion: 'v1' };
  return jsonResponse(200, { ...head, groupVersion, resources });
}

function listed(type: ResourceType): object {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = type;
  const stored = verbs.includes('list') && resource !== 'componentstatuses';
  return {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(stored ? { storageVersionHash: '' } : {}),
  };
}

function listedSub(type: ResourceType, { name, kind, group, version, verbs }: Subresource): object {
  const foreign =
    group === '' || (group === type.group && version === type.version) ? {} : { group, version };
  return {
    name: `${type.resource}/${name}`,
    singularName: '',
    namespaced: type.namespaced,
    ...foreign,
    kind,
    verbs,
  };
}

function groupDiscovery(registry: ResourceRegistry, groups: readonly string[]): PlainResponse {
  const items = groups.map((group) => ({
    metadata: group === '' ? {} : { name: group },
    versions: versionsOf(registry, group).map((version) => ({
      version,
      resources: registry
        .all()
        .filter((type) => type.group === group && type.version === version)
        .map(discovered),
      freshness: 'Current',
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  return jsonResponse(200, body, { 'content-type': aggregated });
}

function discovered(type: ResourceType): object {
  const { resource, kind, namespaced, singular, verbs, shortNames, categories, subresources, custom } = type;
  const own =
    custom === undefined
      ? { group: '', version: '', kind }
      : { group: type.group, version: type.version, kind };
  const below = [...subresources.values()].map(
    ({ name, kind: subKind, group, version, verbs: subVerbs }) => ({
      subresource: name,
      responseKind: { group, version, kind: subKind },
      verbs: subVerbs,
    }),
  );
  return {
    resource,
    responseKind: own,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(below.length === 0 ? {} : { subresources: below }),
  };
}

function openapiPaths(registry: ResourceRegistry): Record<string, object> {
  const builtin = readSchemaLines('openapi-paths.jsonl').map(String);
  const custom = registry
    .all()
    .flatMap(({ group, version, custom: part }) =>
      part === undefined ? [] : [`apis/${group}`, `apis/${group}/${version}`],
    );
  return Object.fromEntries(
    [...new Set([...builtin, ...custom])].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }]),
  );
}
