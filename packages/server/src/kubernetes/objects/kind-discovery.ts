import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { PatientCalls } from '../connection/patient-calls.ts';
import { readStatus } from '../failures/api-status.ts';
import { type Attempt, refusalFailure } from '../failures/refusal-failure.ts';

/** Where the objects of a kind are found. */
export interface KindResource {
  readonly apiVersion: string;
  readonly kind: string;
  /** Plural in paths, for example `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Knows which kinds a server has. Each group and version is asked for by itself, so that one that is broken harms no other. */
export interface KindDiscovery {
  /** Undefined where the server does not serve the kind. */
  find(apiVersion: string, kind: string): Promise<KindResource | undefined>;
  /** Rejects with `unsupported` where the server does not serve the kind; `action` is what was tried. */
  require(apiVersion: string, kind: string, action: string): Promise<KindResource>;
  /** Asks again for a group and version with the next `find`. */
  forget(apiVersion: string): void;
}

/** A kind that was not there is looked for again after this, in ms: definitions are brought in while Sluice runs. */
const unknownAgainMs = 2_000;

interface KnownVersion {
  readonly askedAt: number;
  readonly kinds: ReadonlyMap<string, KindResource>;
}

/** Asks `calls`, once per group and version as long as every kind that is looked for is there. */
export function kindDiscovery(
  calls: PatientCalls,
  options: { readonly now: () => number; readonly attempt: (action: string) => Attempt },
): KindDiscovery {
  const known = new Map<string, KnownVersion>();
  const asking = new Map<string, Promise<KnownVersion>>();

  const ask = async (apiVersion: string): Promise<KnownVersion> => {
    try {
      const version = { askedAt: options.now(), kinds: await askKinds(calls, apiVersion, options.attempt) };
      known.set(apiVersion, version);
      return version;
    } finally {
      asking.delete(apiVersion);
    }
  };
  const askOnce = (apiVersion: string): Promise<KnownVersion> => {
    const running = asking.get(apiVersion) ?? ask(apiVersion);
    asking.set(apiVersion, running);
    return running;
  };

  const find = async (apiVersion: string, kind: string): Promise<KindResource | undefined> => {
    const version = known.get(apiVersion);
    const found = version?.kinds.get(kind);
    if (found !== undefined) return found;
    if (version !== undefined && options.now() - version.askedAt < unknownAgainMs) return undefined;
    return (await askOnce(apiVersion)).kinds.get(kind);
  };

  return {
    find,
    require: async (apiVersion, kind, action) => {
      const resource = await find(apiVersion, kind);
      if (resource !== undefined) return resource;
      const { cluster } = options.attempt(action);
      const message = `${action} in cluster ${cluster}: its API server serves no ${kind} of ${apiVersion}: bring in the definitions of that API, or use another version of it`;
      throw new SluiceError('unsupported', message, { next: 'ask-human' });
    },
    forget: (apiVersion) => void known.delete(apiVersion),
  };
}

async function askKinds(
  calls: PatientCalls,
  apiVersion: string,
  attempt: (action: string) => Attempt,
): Promise<ReadonlyMap<string, KindResource>> {
  const action = `ask for the kinds of ${apiVersion}`;
  const path = versionPath(apiVersion);
  const reply = await calls.reply({ verb: 'discover', kind: apiVersion, action, method: 'GET', path });
  if (reply.status === 404) return new Map();
  if (reply.status !== 200) {
    throw refusalFailure(readStatus(reply.status, reply.text, reply.retryAfter), attempt(action));
  }
  return readKinds(apiVersion, reply.text, action);
}

function readKinds(apiVersion: string, text: string, action: string): ReadonlyMap<string, KindResource> {
  const kinds = new Map<string, KindResource>();
  for (const resource of resourcesOf(text, action)) {
    const { name, kind, namespaced } = resource as Record<string, unknown>;
    // A name with a slash is a part of another resource, such as deployments/scale.
    if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) continue;
    kinds.set(kind, { apiVersion, kind, plural: name, namespaced: namespaced === true });
  }
  return kinds;
}

function resourcesOf(text: string, action: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (typeof list === 'object' && list !== null && 'resources' in list && Array.isArray(list.resources)) {
      return list.resources.filter((entry) => typeof entry === 'object' && entry !== null);
    }
  } catch {
    // Told below, like any other answer that is no list.
  }
  const message = `${action}: the answer is no list of resources: something else than a Kubernetes API server answers at that address`;
  throw new SluiceError('invalid-reply', message, { next: 'ask-human' });
}

/** The path of a group and version: `/api/v1` for the core, `/apis/apps/v1` for all others. */
export function versionPath(apiVersion: string): string {
  const encoded = apiVersion.split('/').map(encodeURIComponent).join('/');
  return apiVersion.includes('/') ? `/apis/${encoded}` : `/api/${encoded}`;
}
