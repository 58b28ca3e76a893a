import { resolve } from 'node:path';
import { assert } from '@sluice/core/kernel/assert.ts';
import { parseBytes } from '@sluice/core/kernel/quantity.ts';
import type { ComponentSpec, HealthSpec, NeedSpec } from '@sluice/core/rollout/component-spec.ts';
import type { SecretReference } from '@sluice/core/rollout/secret-reference.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import type { ComponentInput } from '../language/component-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import { keptReference } from './kept-reference.ts';
import { resolveAgents } from './resolve-agents.ts';
import type { FileContents } from './file-contents.ts';
import { countsTraffic } from './merged-kubernetes.ts';
import { type PlacedComponent, type Variable, variablesOf } from './placed-component.ts';
import { type Place, placedName } from './placed-target.ts';
import { strategyOf } from './placed-strategy.ts';
import { resolveUser } from './resolve-matches.ts';
import { resolveRoute } from './resolve-route.ts';
import { resolveStrategy } from './resolve-strategy.ts';
import { resolveWorkload } from './resolve-workload.ts';

/** What components are resolved with beside the file itself. */
export interface ResolveContext {
  readonly input: ApplicationInput;
  /** The name of the file, as the person gave it. */
  readonly file: string;
  readonly baseDirectory: string;
  readonly files: FileContents;
}

/** A component in one of its places with every default filled in. The file must have been found free of faults. */
export function resolveComponent(
  placed: PlacedComponent,
  place: Place,
  { input, baseDirectory, files }: ResolveContext,
): ComponentSpec {
  const keys = keysOf(placed);
  const instances = keys.instances ?? DEFAULTS.instances;
  const user = resolveUser(keys.user);
  const strategy = strategyOf(input, placed, DEFAULTS.strategy);
  assert(strategy !== undefined, `the strategy of component ${placed.name} was not checked`);
  const { agents } = resolveAgents(keys);
  return {
    name: placedName(placed, place),
    workload: resolveWorkload({ placed, keys, place, baseDirectory, files }),
    instances,
    route: resolveRoute(keys.route),
    request: resolveRequest(keys),
    health: resolveHealth(keys.health),
    ...resolveVariables(variablesOf(placed), baseDirectory),
    needs: (keys.needs ?? []).map(resolveNeed),
    resources: { cpuMillis: keys.resources?.cpu ?? 0, memoryBytes: keys.resources?.memory ?? 0 },
    drainMs: keys.drain ?? defaultMs(DEFAULTS.drain),
    user,
    strategy: resolveStrategy(strategy, {
      analysis: input.analysis ?? {},
      instances,
      user,
      baseDirectory,
      traffic: countsTraffic(placed, place) ? 'counted' : 'uncounted',
      agents,
    }),
    ...(keys.mask && { mask: keys.mask }),
    ...(agents && { agents }),
  };
}

/** The keys of a component as the strongest layer has them; the block `kubernetes` is merged apart. */
const keysOf = (placed: PlacedComponent): ComponentInput =>
  placed.layers.reduce<ComponentInput>((under, { keys }) => ({ ...under, ...(keys as ComponentInput) }), {});

function resolveRequest(keys: ComponentInput): ComponentSpec['request'] {
  const limit = keys['max-body'] ?? parseBytes(DEFAULTS.maxBody) ?? 0;
  return {
    protocol: keys.protocol ?? DEFAULTS.protocol,
    timeoutMs: keys.timeout ?? defaultMs(DEFAULTS.timeout),
    maxBodyBytes: limit === 'unlimited' ? 0 : limit,
  };
}

function resolveHealth(health: ComponentInput['health']): HealthSpec {
  const { path, within, interval, timeout, failures } =
    typeof health === 'string' ? { path: health } : (health ?? {});
  return {
    path: path ?? null,
    withinMs: within ?? defaultMs(DEFAULTS.health.within),
    intervalMs: interval ?? defaultMs(DEFAULTS.health.interval),
    timeoutMs: timeout ?? defaultMs(DEFAULTS.health.timeout),
    failures: failures ?? DEFAULTS.health.failures,
  };
}

function resolveNeed(need: NonNullable<ComponentInput['needs']>[number]): NeedSpec {
  const kind = (['postgres', 'redis', 'http', 'tcp'] as const).find(
    (candidate) => need[candidate] !== undefined,
  );
  const address = kind && need[kind];
  assert(kind !== undefined && address !== undefined, 'a need without a kind was not refused');
  return { kind, address, timeoutMs: need.timeout ?? defaultMs(DEFAULTS.needTimeout) };
}

function resolveVariables(
  variables: ReadonlyMap<string, Variable>,
  baseDirectory: string,
): Pick<ComponentSpec, 'env' | 'secrets'> {
  const env: Record<string, string> = {};
  const secrets: Record<string, SecretReference> = {};
  for (const [name, variable] of variables) {
    if (variable.kind === 'value') env[name] = variable.value ?? '';
    else if (variable.secret?.kubernetes !== undefined) continue;
    else if (variable.secret?.file !== undefined)
      secrets[name] = { from: 'file', path: resolve(baseDirectory, variable.secret.file) };
    else
      secrets[name] = keptReference(variable.secret) ?? {
        from: 'environment',
        name: variable.secret?.environment ?? name,
      };
  }
  return { env, secrets };
}
