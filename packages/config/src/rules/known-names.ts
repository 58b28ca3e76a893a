import type { Fault } from '../diagnostics/diagnostic.ts';
import { unknownName } from '../diagnostics/nearest-name.ts';
import type { SourcePath } from '../document/source-value.ts';
import { PRESETS } from '../language/strategy-language.ts';
import { strategyChoices, strategyNames, writtenStrategies } from '../resolve/placed-strategy.ts';
import { baseOf, listOf, stepsOf } from '../resolve/strategy-body.ts';
import type { FileRule } from './rule.ts';

/** Strategies that are chosen exist. */
export const knownStrategies: FileRule = (input) =>
  strategyChoices(input).flatMap(({ value, path }) =>
    typeof value === 'string' ? missing(value, strategyNames(input), 'strategy', path) : [],
  );

/** Checks that strategies name exist. */
export const knownChecks: FileRule = (input) => {
  const names = Object.keys(input.checks ?? {});
  return writtenStrategies(input).flatMap((strategy) =>
    namedChecks(strategy).flatMap(({ name, path }) => missing(name, names, 'check', path)),
  );
};

/** Environments speak of components that exist. */
export const knownComponents: FileRule = (input) => {
  const names = Object.keys(input.components ?? {});
  return Object.entries(input.environments ?? {}).flatMap(([environment, overrides]) =>
    Object.keys(overrides?.components ?? {})
      .filter((name) => !names.includes(name))
      .map((name): Fault => {
        const path = ['environments', environment, 'components', name];
        return { path, at: 'key', ...unknownName(name, names, 'component') };
      }),
  );
};

/** The names of presets stay theirs, so that `strategy: canary` has one meaning. */
export const presetsStay: FileRule = (input) =>
  Object.keys(input.strategies ?? {})
    .filter((name) => PRESETS.some((preset) => preset === name))
    .map((name) => ({
      path: ['strategies', name],
      at: 'key',
      says: 'is the name of a preset; choose another name',
    }));

/** Every check that a strategy names, with its place. */
export function namedChecks(
  strategy: Parameters<typeof baseOf>[0],
): readonly { readonly name: string; readonly path: SourcePath }[] {
  const { base, path } = baseOf(strategy);
  const plan = stepsOf(strategy);
  return [
    ...places(base.checks, [...path, 'checks']),
    ...places(base.after, [...path, 'after']),
    ...plan.steps.flatMap((step, index) =>
      typeof step === 'object' ? places(step.verify, [...plan.path, index, 'verify']) : [],
    ),
  ];
}

function places(
  names: string | readonly (string | undefined)[] | undefined,
  path: SourcePath,
): readonly { readonly name: string; readonly path: SourcePath }[] {
  if (typeof names === 'string') return [{ name: names, path }];
  return listOf(names).flatMap((name, index) =>
    name === undefined ? [] : [{ name, path: [...path, index] }],
  );
}

function missing(name: string, names: readonly string[], kind: string, path: SourcePath): readonly Fault[] {
  if (names.includes(name)) return [];
  const { says, ...rest } = unknownName(name, names, kind);
  return [
    { path, at: 'value', says: `names "${name}", which ${says}`, found: JSON.stringify(name), ...rest },
  ];
}
