import type { ResourceType } from './resource-type.ts';

/** Who is asking, with all groups. */
export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
}

/** A request whose path, user and options are understood. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | object | undefined;
  readonly user: Identity;
}

/** A call that is about objects. */
export interface ResourceCall extends ApiCall {
  readonly verb: string;
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** The parts of a path below `/api` or `/apis`. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** Takes a path apart, or returns undefined when it names no resource. */
export function parsePath(path: string): ResourcePath | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const root = parts.shift();
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : (parts.shift() ?? '');
  const version = parts.shift();
  if (version === undefined || parts.length === 0) return undefined;
  const scoped =
    parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '');
  const namespace = scoped ? (parts[1] ?? '') : '';
  const [resource = '', name = '', subresource = '', ...rest] = scoped ? parts.slice(2) : parts;
  return {
    group,
    version,
    resource,
    namespace,
    name,
    // What comes after it is the path of the pod or service.
    subresource: subresource === 'proxy' ? subresource : [subresource, ...rest].filter(Boolean).join('/'),
  };
}

/** The verb that authorization and discovery know a method by, or undefined where the path does not take it. */
export function verbOf(method: string, name: string, watching: boolean): string | undefined {
  if (method === 'GET') return name === '' ? (watching ? 'watch' : 'list') : 'get';
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete';
  return undefined;
}

/** Whether a query says that a watch is wanted. */
export function isWatch(query: Readonly<Record<string, string>>): boolean {
  return query['watch'] === 'true' || query['watch'] === '1';
}

/** Whether nothing may be stored. */
export function isDryRun({ query }: Pick<ApiCall, 'query'>): boolean {
  return query['dryRun'] === 'All';
}
