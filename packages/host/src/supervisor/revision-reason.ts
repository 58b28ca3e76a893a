import type { Instance } from '@sluice/protocol/host/host-schema.ts';

type Explained = Pick<Instance, 'instance' | 'state'> & { readonly reason: string | null };

/** Instances that are explained one by one; the rest are counted. */
const EXPLAINED = 3;

/** Why not all ordered instances of a revision are ready, for people; null when they are. */
export function revisionReason(
  retiring: boolean,
  ordered: number,
  instances: readonly Explained[],
): string | null {
  if (retiring) return `being retired: ${instances.length} of its instances still finish their requests`;
  const missing = instances.filter(({ state, instance }) => state !== 'ready' && instance < ordered);
  if (missing.length === 0) return null;
  const words = missing
    .slice(0, EXPLAINED)
    .map(
      ({ instance, state, reason }) =>
        `instance ${instance} is ${IN_WORDS[state]}${reason ? ` (${reason})` : ''}`,
    );
  const rest = missing.length > EXPLAINED ? [`${missing.length - EXPLAINED} more are not ready`] : [];
  return [...words, ...rest].join('; ');
}

const IN_WORDS: Readonly<Record<Instance['state'], string>> = {
  starting: 'starting',
  ready: 'ready',
  unready: 'not ready any more',
  backoff: 'waiting for its next start',
  draining: 'stopping',
  stopped: 'stopped',
};
