import { assert } from '@sluice/core/kernel/assert.ts';
import type { ApplicationSpec, CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import { placedComponents } from './placed-component.ts';
import { placesOf } from './placed-target.ts';
import { type ResolveContext, resolveComponent } from './resolve-component.ts';

/** An application in one environment. The file must have been found free of faults. */
export function resolveApplication(environment: string, context: ResolveContext): ApplicationSpec {
  const { input } = context;
  return {
    application: input.application,
    environment,
    components: placedComponents(input, environment).flatMap((placed) =>
      placesOf(placed).map((place) => resolveComponent(placed, place, context)),
    ),
    checks: Object.entries(input.checks ?? {}).map(([name, check]) => resolveCheck(name, check)),
  };
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
