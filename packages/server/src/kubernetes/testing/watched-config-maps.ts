import type { ServerResponse } from 'node:http';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { type ScriptedAnswer, type ScriptedServer, answer, refuse } from './scripted-server.ts';

/** A watch that is open at the scripted server: the test decides what it tells and how it ends. */
export interface OpenWatch {
  readonly query: Readonly<Record<string, string>>;
  send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubernetesObject): void;
  bookmark(version: number, last?: 'initial'): void;
  error(code: number, message: string): void;
  write(text: string): void;
  /** As the server ends a watch whose time is over. */
  end(): void;
  /** As a network ends it. */
  cut(): void;
  /** Resolves when the client has gone, or the answer has ended. */
  readonly closed: Promise<void>;
}

/** The config maps of the namespace `shop`, as lists and watches of a scripted server show them. */
export class WatchedConfigMaps {
  readonly server: ScriptedServer;
  /** False: a watch with initial events is refused, as by a server that has switched them off. */
  initialEvents = true;
  #listed: { version: number; objects: readonly KubernetesObject[] } = { version: 1, objects: [] };
  readonly #opened: OpenWatch[] = [];
  readonly #waiting: ((watch: OpenWatch) => void)[] = [];

  constructor(server: ScriptedServer) {
    this.server = server;
    server.on(`GET ${this.path}`, this.serve);
  }

  /** Answers lists and watches. */
  readonly serve: ScriptedAnswer = (response, request) => {
    if (request.query['watch'] !== 'true') this.#list()(response, request);
    else if (request.query['sendInitialEvents'] === 'true' && !this.initialEvents) {
      refuse(422, 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled', {
        reason: 'Invalid',
      })(response, request);
    } else this.#open(response, request.query);
  };

  get path(): string {
    return '/api/v1/namespaces/shop/configmaps';
  }

  /** What a list shows from now on. */
  holds(version: number, ...objects: readonly KubernetesObject[]): void {
    this.#listed = { version, objects };
  }

  /** How often it was listed. */
  get lists(): number {
    return this.server.seenOf(`GET ${this.path}`).filter(({ query }) => query['watch'] !== 'true').length;
  }

  /** The next watch that is opened, each once. */
  nextWatch(): Promise<OpenWatch> {
    const ready = this.#opened.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #list() {
    const { version, objects } = this.#listed;
    const items = objects.map(({ apiVersion: _, kind: __, ...item }) => item);
    return answer(200, { kind: 'ConfigMapList', metadata: { resourceVersion: String(version) }, items });
  }

  #open(response: ServerResponse, query: Readonly<Record<string, string>>): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const tell = (type: string, object: object): void => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    const watch: OpenWatch = {
      query,
      send: tell,
      bookmark: (version, last) => tell('BOOKMARK', bookmarkOf(version, last)),
      error: (code, message) => tell('ERROR', { kind: 'Status', code, message, reason: 'Expired' }),
      write: (text) => void response.write(text),
      end: () => void response.end(),
      cut: () => void response.destroy(),
      closed: new Promise((resolve) => response.once('close', resolve)),
    };
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#opened.push(watch);
    else waiting(watch);
  }
}

/** A config map of the namespace `shop`; its version is also its content. */
export function configMap(
  name: string,
  version: number,
  more: { readonly uid?: string; readonly labels?: Readonly<Record<string, string>> } = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', resourceVersion: String(version), uid: `uid-${name}`, ...more },
    data: { version: String(version) },
  };
}

function bookmarkOf(version: number, last: 'initial' | undefined): object {
  const annotations = last === undefined ? {} : { annotations: { 'k8s.io/initial-events-end': 'true' } };
  return { kind: 'ConfigMap', metadata: { resourceVersion: String(version), ...annotations } };
}
