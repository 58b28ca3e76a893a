/** The names of a worker in its certificate: `sluice://ORGANISATION/worker/APPLICATION/ENVIRONMENT/COMPONENT`. */
import { ID_RULES } from '@sluice/protocol/http/id-rules.ts';

/** What a certificate says of whom it is. */
export interface CertifiedWorker {
  readonly tenant: string;
  readonly track: string;
  /** Of one that has joined; null for a certificate of an authority of the operator's. */
  readonly identity: string | null;
}

/** The names that a certificate of Sluice has. */
export const urisOf = ({ tenant, track, identity }: CertifiedWorker): readonly string[] => [
  `sluice://${tenant}/worker/${track}`,
  ...(identity === null ? [] : [`sluice://${tenant}/worker-identity/${identity}`]),
];

/** Reads the names of a certificate; null unless they name one worker, and nothing of Sluice besides. */
export function workerIn(uris: readonly string[]): CertifiedWorker | null {
  const ours = uris.filter((uri) => /^sluice:/i.test(uri));
  const tracks = ours.flatMap((uri) => matched(/^sluice:\/\/([a-z0-9][a-z0-9-]{0,62})\/worker\/(.+)$/, uri));
  const named = ours.flatMap((uri) =>
    matched(/^sluice:\/\/([a-z0-9][a-z0-9-]{0,62})\/worker-identity\/([0-9a-f]{16})$/, uri),
  );
  const [first] = tracks;
  const identity = named[0] ?? null;
  if (!first || tracks.length !== 1 || named.length > 1 || tracks.length + named.length !== ours.length)
    return null;
  if (!ID_RULES.id.test(first.rest) || (identity !== null && identity.tenant !== first.tenant)) return null;
  return { tenant: first.tenant, track: first.rest, identity: identity?.rest ?? null };
}

function matched(form: RegExp, uri: string): readonly { readonly tenant: string; readonly rest: string }[] {
  const [, tenant, rest] = form.exec(uri) ?? [];
  return tenant !== undefined && rest !== undefined ? [{ tenant, rest }] : [];
}
