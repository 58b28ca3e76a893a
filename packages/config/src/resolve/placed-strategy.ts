import type { SourcePath } from '../document/source-value.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import {
  PRESETS,
  STRATEGY_KINDS,
  type StrategyInput,
  type StrategyKind,
} from '../language/strategy-language.ts';
import type { Loose } from '../reading/loose.ts';
import { type PlacedComponent, decided } from './placed-component.ts';

/** A strategy and the place where it was written; for a preset, where it was named. */
export interface PlacedStrategy {
  /** Its name, or its kind when it has none. */
  readonly name: string;
  readonly kind: StrategyKind;
  readonly path: SourcePath;
  readonly strategy: Loose<StrategyInput>;
}

/** Every strategy that a file writes out: named ones, and those in components, defaults and environments. */
export function writtenStrategies(input: Loose<ApplicationInput>): readonly PlacedStrategy[] {
  const named = Object.entries(input.strategies ?? {}).map(([name, strategy]) =>
    placed(name, strategy, ['strategies', name]),
  );
  const inline = strategyChoices(input).map(({ value, path }) =>
    typeof value === 'object' ? placed(undefined, value, path) : undefined,
  );
  return [...named, ...inline].filter((strategy) => strategy !== undefined);
}

/** Every place where a strategy is chosen, by name or by writing it out. */
export function strategyChoices(
  input: Loose<ApplicationInput>,
): readonly { readonly value: string | Loose<StrategyInput>; readonly path: SourcePath }[] {
  const places: {
    keys: { strategy?: string | Loose<StrategyInput> | undefined } | undefined;
    path: SourcePath;
  }[] = [
    { keys: input.defaults, path: ['defaults'] },
    ...Object.entries(input.components ?? {}).map(([name, keys]) => ({ keys, path: ['components', name] })),
    ...Object.entries(input.environments ?? {}).flatMap(([name, environment]) => [
      { keys: environment, path: ['environments', name] },
      ...Object.entries(environment?.components ?? {}).map(([component, keys]) => ({
        keys,
        path: ['environments', name, 'components', component],
      })),
    ]),
  ];
  return places.flatMap(({ keys, path }) => {
    const value = keys?.strategy;
    return value === undefined ? [] : [{ value, path: [...path, 'strategy'] }];
  });
}

/** The strategy that a component has in its environment; undefined when it cannot be known. */
export function strategyOf(
  input: Loose<ApplicationInput>,
  component: PlacedComponent,
  byDefault: string,
): PlacedStrategy | undefined {
  const choice = decided(component, 'strategy') ?? { value: byDefault, path: component.path };
  if (typeof choice.value !== 'string') return placed(undefined, choice.value, choice.path);
  return strategyNamed(input, choice.value, choice.path);
}

/** A strategy by name; presets are found at the place where they are named. */
export function strategyNamed(
  input: Loose<ApplicationInput>,
  name: string,
  from: SourcePath,
): PlacedStrategy | undefined {
  const own = input.strategies ?? {};
  if (Object.hasOwn(own, name)) return placed(name, own[name], ['strategies', name]);
  const preset = PRESETS.find((kind) => kind === name);
  return preset && { name, kind: preset, path: from, strategy: { [preset]: {} } };
}

/** The names by which a strategy may be chosen. */
export const strategyNames = (input: Loose<ApplicationInput>): readonly string[] => [
  ...Object.keys(input.strategies ?? {}),
  ...PRESETS,
];

function placed(
  name: string | undefined,
  strategy: Loose<StrategyInput> | undefined,
  path: SourcePath,
): PlacedStrategy | undefined {
  const kind = strategy && STRATEGY_KINDS.find((candidate) => candidate in strategy);
  return kind && { name: name ?? kind, kind, path, strategy };
}
