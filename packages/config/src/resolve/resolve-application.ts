import { assert } from '@sluice/core/kernel/assert.ts';
import type { ApplicationSpec, CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import type { Difference, ManifestFault } from '@sluice/kubernetes/adopt/adoption.ts';
import { mergedDifferences } from '@sluice/kubernetes/adopt/merged-differences.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import { type AdoptedComponent, adoptComponent } from './adopt-component.ts';
import { type PlacedComponent, decidedWorkload, placedComponents } from './placed-component.ts';
import { type Place, placesOf } from './placed-target.ts';
import { type ResolveContext, resolveComponent } from './resolve-component.ts';
import { resolveGates, withGates } from './resolve-gates.ts';
import { withScrapedSilence } from './scraped-silence.ts';

/** An application in one environment, and what was found in files that it is made of. */
export interface Resolution {
  /** Lacks the components whose manifests have faults. */
  readonly application: ApplicationSpec;
  readonly faults: readonly Fault[];
  readonly doubts: readonly Fault[];
  readonly manifestFaults: readonly ManifestFault[];
  readonly differences: readonly Difference[];
}

/** Resolves an application in one environment. The file must have been found free of faults. */
export function resolveApplication(environment: string, context: ResolveContext): Resolution {
  const { input } = context;
  const parts = placedComponents(input, environment).flatMap((placed) =>
    placesOf(placed).map((place) => resolvePart(placed, place, context)),
  );
  const gates = resolveGates(input.environments?.[environment]);
  const written = Object.entries(input.checks ?? {}).map(([name, check]) => resolveCheck(name, check));
  return {
    application: {
      application: input.application,
      ...(input.project !== undefined && { project: input.project }),
      environment,
      components: parts.flatMap(({ component }) =>
        component ? [withGates(withScrapedSilence(component), gates)] : [],
      ),
      checks: [...written, ...parts.flatMap(({ checks }) => checks)],
    },
    faults: parts.flatMap(({ faults }) => faults),
    doubts: onceBy(
      parts.flatMap(({ doubts }) => doubts),
      ({ says }) => says,
    ),
    manifestFaults: onceBy(
      parts.flatMap(({ manifestFaults }) => manifestFaults),
      (fault) => JSON.stringify(fault),
    ),
    differences: mergedDifferences(parts.flatMap(({ differences }) => differences)),
  };
}

/** Files that several components or clusters share are read for each of them, and say the same each time. */
const onceBy = <Told>(all: readonly Told[], sameness: (told: Told) => string): readonly Told[] => {
  const first = new Map<string, Told>();
  for (const told of all) if (!first.has(sameness(told))) first.set(sameness(told), told);
  return [...first.values()];
};

function resolvePart(placed: PlacedComponent, place: Place, context: ResolveContext): AdoptedComponent {
  if (place.on === 'cluster' && decidedWorkload(placed)?.key === 'manifests')
    return adoptComponent(placed, place, context);
  const component = resolveComponent(placed, place, context);
  return { component, checks: [], faults: [], doubts: [], manifestFaults: [], differences: [] };
}

function resolveCheck(name: string, check: NonNullable<ApplicationInput['checks']>[string]): CheckSpec {
  const byDefault = check.command === undefined ? DEFAULTS.check : DEFAULTS.commandCheck;
  const every = {
    name,
    timeoutMs: check.timeout ?? defaultMs(byDefault.timeout),
    attempts: check.attempts ?? byDefault.attempts,
  };
  if (check.command !== undefined) return { ...every, kind: 'command', command: check.command };
  if (check.tcp) return { ...every, kind: 'tcp' };
  assert(check.http !== undefined, `check ${name} was not refused`);
  const expect = typeof check.expect === 'number' ? { status: check.expect } : (check.expect ?? {});
  return {
    ...every,
    kind: 'http',
    path: check.http,
    expectStatus: expect.status ?? DEFAULTS.check.status,
    expectBody: expect.body ?? null,
  };
}
