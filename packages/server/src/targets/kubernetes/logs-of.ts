import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { REVISION, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { revisionLabel, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { freshMirror } from '../../kubernetes/fresh-mirror.ts';
import { namespaceMirrors } from './cluster-mirrors.ts';

interface LogPorts {
  readonly client: ClusterClient;
  readonly settings: { readonly namespace: string };
  readonly now: () => Instant;
}

/** The last lines that the pods of a revision wrote, or one of them; rejects with `not-found` when there are none. */
export async function logsOf(
  { client, settings, now }: LogPorts,
  of: { readonly track: TrackId; readonly revision: RevisionId; readonly instance?: string | undefined },
  lines: number,
): Promise<string> {
  const { track, revision, instance } = of;
  const { pods } = namespaceMirrors(client, settings.namespace);
  await freshMirror(client, pods, now);
  const own = pods
    .withLabel(TRACK, trackLabel(track))
    .filter(({ metadata }) => metadata.labels?.[REVISION] === revisionLabel(revision))
    .filter(({ metadata }) => instance === undefined || metadata.name === instance);
  if (own.length === 0)
    throw new SluiceError(
      'not-found',
      `no pod ${instance === undefined ? '' : `${instance} `}of ${revision} of ${track} is there`,
      { next: 'stop' },
    );
  const texts = await Promise.all(
    own.map(({ metadata }) => client.logs(settings.namespace, metadata.name, lines)),
  );
  return lastLines(own, texts, lines);
}

/** Lines of several pods stand under their names; all of them together are no more than were asked for. */
function lastLines(pods: readonly KubernetesObject[], texts: readonly string[], lines: number): string {
  if (pods.length === 1) return texts[0] ?? '';
  const each = Math.max(1, Math.floor(lines / pods.length));
  return pods
    .map(({ metadata }, index) => {
      const last = (texts[index] ?? '').trimEnd().split('\n').slice(-each);
      return last.map((line) => `${metadata.name}: ${line}`).join('\n');
    })
    .join('\n');
}
