import type { AdoptedService } from '../../settings/workload-settings.ts';
import type { ManifestPath } from '../workloads/check-shape.ts';
import { findServices, type FoundService, takeOverService } from '../workloads/adopt-services.ts';
import type { Surroundings } from '../workloads/adopt-surroundings.ts';
import { type ArgoAdoption, differenceOf, faultOf } from './argo-adoption.ts';
import type { RolloutSpec } from './rollout-spec.ts';

/** The Services of a Rollout by what they are for. */
export interface ServiceRoles {
  /** The one that callers use, and the key that names it. */
  readonly callers: { readonly name: string; readonly path: ManifestPath } | null;
  /** Those that Argo points at the new pods only. */
  readonly candidateOnly: readonly { readonly name: string; readonly path: ManifestPath }[];
  /** Whether the Service itself decides who is served. */
  readonly decides: boolean;
}

/** The address that callers keep, and the container port behind it. */
export interface AdoptedAddress {
  readonly service: AdoptedService | undefined;
  readonly port: number | undefined;
}

/** Which Services a Rollout names, and what for. */
export function serviceRoles({ strategy: { canary, blueGreen } }: RolloutSpec): ServiceRoles {
  if (blueGreen) {
    const at = (key: string): ManifestPath => ['spec', 'strategy', 'blueGreen', key];
    const { activeService, previewService } = blueGreen;
    return {
      callers: { name: activeService, path: at('activeService') },
      candidateOnly: previewService ? [{ name: previewService, path: at('previewService') }] : [],
      decides: true,
    };
  }
  const at = (key: string): ManifestPath => ['spec', 'strategy', 'canary', key];
  const { stableService, canaryService, trafficRouting } = canary ?? {};
  return {
    callers: stableService ? { name: stableService, path: at('stableService') } : null,
    candidateOnly: canaryService ? [{ name: canaryService, path: at('canaryService') }] : [],
    decides: trafficRouting === undefined,
  };
}

/** Takes the Service that callers use over, and says what becomes of the others. */
export function adoptAddresses(
  adoption: ArgoAdoption,
  around: Surroundings,
  roles: ServiceRoles,
): AdoptedAddress {
  const services = findServices(adoption.notes, around);
  for (const { name, path } of roles.candidateOnly) tellCandidateOnly(adoption, services, name, path);
  const others = services.filter(
    ({ service }) => !roles.candidateOnly.some(({ name }) => name === service.name),
  );
  const chosen = roles.callers
    ? others.find(({ service }) => service.name === roles.callers?.name)
    : others[0];
  if (roles.callers && !chosen) tellMissing(adoption, roles.callers, roles.decides);
  if (!chosen) return { service: undefined, port: undefined };
  return { service: takeOverService(adoption.notes, others, chosen), port: chosen.port };
}

function tellCandidateOnly(
  adoption: ArgoAdoption,
  services: readonly FoundService[],
  name: string,
  path: ManifestPath,
): void {
  differenceOf(
    adoption,
    path,
    `Argo points Service ${name} at the new pods. In Sluice every revision has a Service of its own, and measurements that name ${name} ask the candidate’s. ${name} itself is no longer pointed anywhere: remove it, or it goes on reaching whatever its selector matches.`,
  );
  const found = services.find(({ service }) => service.name === name);
  if (found) adoption.notes.use(found.document);
}

function tellMissing(
  adoption: ArgoAdoption,
  { name, path }: NonNullable<ServiceRoles['callers']>,
  decides: boolean,
): void {
  if (decides)
    faultOf(
      adoption,
      path,
      `Service ${name}, or one over the pods of this Rollout, is not among the files. Argo wrote the hash of the stable pods into its selector; Sluice must take it over, so add its file.`,
    );
  else
    differenceOf(
      adoption,
      path,
      `Service ${name} is not among the files, so that it keeps the selector that Argo left in it: a hash of pods that go away. Add its file, or route only by the router.`,
    );
}
