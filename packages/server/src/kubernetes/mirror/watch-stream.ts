import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { ObjectSelection } from '../cluster-client.ts';
import type { ClusterConnection, OpenReply } from '../connection/cluster-connection.ts';
import { readStatus } from '../failures/api-status.ts';
import { connectionFailure } from '../failures/connection-failure.ts';
import { type Attempt, refusalFailure } from '../failures/refusal-failure.ts';
import type { KindDiscovery } from '../objects/kind-discovery.ts';
import { collectionPath, saySelection } from '../objects/object-path.ts';

/** A change that a watch tells; a bookmark holds nothing but a version. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
}

/** From where a watch starts: after a version, or with everything that is there. */
export type WatchStart = { readonly version: string } | 'with-initial-events';

/** A watch whose answer has begun. The events end when the server ends it, and reject when it is cut or tells an error. */
export interface WatchStream {
  readonly events: AsyncIterable<WatchEvent>;
  abort(reason: SluiceError): void;
}

/** How long the server lets a watch last, in s; spread so that not all begin anew at once. Between five and ten minutes. */
const shortestWatchSeconds = 300;

/** A watch that outlives what the server was asked for by this much is dead, in ms. */
const overtimeMs = 30_000;

/** Longest event that is read, in characters; etcd itself stores no object above 1.5 MB. */
const longestEvent = 16 * 1024 * 1024;

/** What watches are opened with. */
export interface WatchParts {
  readonly connection: ClusterConnection;
  readonly kinds: KindDiscovery;
  readonly random: () => number;
}

/** Opens a watch; an answer that is none is a `SluiceError`, with the refusal `expired` for a version that is too old. */
export async function openWatch(
  { connection, kinds, random }: WatchParts,
  selection: ObjectSelection,
  start: WatchStart,
): Promise<WatchStream> {
  const { apiVersion, kind, namespace, labels } = selection;
  const action = `watch ${saySelection(selection)}`;
  const path = collectionPath(await kinds.require(apiVersion, kind, action), namespace);
  const seconds = Math.round(shortestWatchSeconds * (1 + random()));
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(seconds),
    ...(labels === undefined ? {} : { labelSelector: labels }),
    ...(start === 'with-initial-events'
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: start.version }),
  };
  const reply = await connection.open({ verb: 'watch', kind, action, method: 'GET', path, query });
  const attempt = connection.attempt(action);
  if (reply.status !== 200) throw await refusalOf(reply, attempt);
  const overtime = setTimeout(
    () =>
      reply.abort(
        new SluiceError('timed-out', `${action}: the watch was to end long ago`, { next: 'retry' }),
      ),
    seconds * 1000 + overtimeMs,
  );
  // A client that is closed must not be kept alive by a watch that is about to end.
  overtime.unref();
  reply.body.once('close', () => clearTimeout(overtime));
  return { events: readEvents(reply, attempt), abort: reply.abort };
}

async function refusalOf(reply: OpenReply, attempt: Attempt): Promise<SluiceError> {
  let text = '';
  try {
    for await (const chunk of reply.body.setEncoding('utf8')) {
      text += chunk as string;
      if (text.length > longestEvent) break;
    }
  } catch (thrown) {
    return connectionFailure(thrown, attempt, 'the API server');
  }
  return refusalFailure(readStatus(reply.status, text, reply.retryAfter), attempt);
}

async function* readEvents(reply: OpenReply, attempt: Attempt): AsyncGenerator<WatchEvent> {
  let rest = '';
  try {
    for await (const chunk of reply.body.setEncoding('utf8')) {
      const lines = (rest + (chunk as string)).split('\n');
      // What comes after the last line end is the beginning of an event; of a cut connection it is dropped.
      rest = lines.pop() ?? '';
      if (rest.length > longestEvent) throw tooLong(attempt);
      for (const line of lines) if (line !== '') yield readEvent(line, attempt);
    }
  } catch (thrown) {
    throw connectionFailure(thrown, attempt, 'the API server');
  }
}

function readEvent(line: string, attempt: Attempt): WatchEvent {
  const event = parse(line, attempt);
  if (event.type !== 'ERROR') return event as WatchEvent;
  const status = event.object as { code?: number };
  throw refusalFailure(readStatus(status.code ?? 500, JSON.stringify(event.object), undefined), attempt);
}

function parse(line: string, { action, cluster }: Attempt): { type: string; object: unknown } {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) {
      return event as { type: string; object: unknown };
    }
  } catch {
    // Told below, like any other line that is no event.
  }
  const message = `${action} in cluster ${cluster}: ${JSON.stringify(line.slice(0, 80))} is no event of a watch`;
  throw new SluiceError('invalid-reply', message, { next: 'retry' });
}

function tooLong({ action, cluster }: Attempt): SluiceError {
  const message = `${action} in cluster ${cluster}: an event is longer than ${longestEvent} characters`;
  return new SluiceError('invalid-reply', message, { next: 'retry' });
}
