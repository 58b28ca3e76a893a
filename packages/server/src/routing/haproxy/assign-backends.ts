import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { SplitRequest } from '../traffic-router.ts';
import { backendName } from './render-configuration.ts';
import type { RouterState } from './router-state.ts';

/** The backends of the revisions that a split names, new ones for those that have none yet. */
export function assignBackends(
  uses: RouterState['backends'],
  { track, split }: SplitRequest,
  most: number,
): ReadonlyMap<string, string> {
  const revisions = new Set([...split.weights, ...split.matches].map(({ revision }) => revision as string));
  const assigned = new Map<string, string>();
  for (const [backend, use] of Object.entries(uses))
    if (use.track === track && revisions.has(use.revision)) assigned.set(use.revision, backend);
  const free = Array.from({ length: most }, (_, number) => backendName(number)).filter(
    (name) => !(name in uses),
  );
  for (const revision of revisions) {
    if (assigned.has(revision)) continue;
    const backend = free.shift();
    if (backend === undefined) throw noneLeft(most);
    assigned.set(revision, backend);
  }
  return assigned;
}

const noneLeft = (most: number): SluiceError =>
  new SluiceError(
    'exhausted',
    `All ${most} backends of this HAProxy stand for revisions that are in use; start it with more backends.`,
    { next: 'ask-human' },
  );
