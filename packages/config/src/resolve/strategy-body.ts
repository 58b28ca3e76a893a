import type { SourcePath } from '../document/source-value.ts';
import type { StrategyInput, StrategyKind } from '../language/strategy-language.ts';
import type { Loose } from '../reading/loose.ts';
import type { PlacedStrategy } from './placed-strategy.ts';

type BodyOf<Kind extends StrategyKind> = Exclude<NonNullable<StrategyInput[Kind]>, readonly unknown[]>;

/** What every strategy may say, whatever its kind. */
export type BaseInput = Pick<
  BodyOf<'canary'>,
  | 'checks'
  | 'after'
  | 'progress-deadline'
  | 'criteria'
  | 'expressions'
  | 'measurements'
  | 'on'
  | 'min-requests'
  | 'judge'
> &
  Partial<Pick<BodyOf<'canary'>, 'keep-old' | 'sticky'>>;

/** One step as written. */
export type StepInput = Extract<NonNullable<StrategyInput['steps']>, readonly unknown[]>[number];

/** What stands below the kind of a strategy; a bare list of steps says nothing else. */
export function baseOf(placed: PlacedStrategy): {
  readonly base: Loose<BaseInput>;
  readonly path: SourcePath;
} {
  const body = placed.strategy[placed.kind];
  const path = [...placed.path, placed.kind];
  return { base: body === undefined || Array.isArray(body) ? {} : (body as Loose<BaseInput>), path };
}

/** What a strategy of one kind says; empty for the others. */
export const bodyOf = <Kind extends Exclude<StrategyKind, 'steps'>>(
  placed: PlacedStrategy,
  kind: Kind,
): Loose<BodyOf<Kind>> => (placed.strategy[kind] ?? {}) as Loose<BodyOf<Kind>>;

/** The steps of a plan written by hand and where they stand; empty for other kinds. */
export function stepsOf(placed: PlacedStrategy): {
  readonly steps: readonly (Loose<StepInput> | undefined)[];
  readonly path: SourcePath;
} {
  const { steps } = placed.strategy;
  const path = [...placed.path, 'steps'];
  if (steps === undefined) return { steps: [], path };
  if (isList(steps)) return { steps, path };
  return { steps: steps.do ?? [], path: [...path, 'do'] };
}

/** Makes a list of one value or several. */
export function listOf<Item>(value: Item | readonly Item[] | undefined): readonly Item[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

const isList = <Item>(value: unknown): value is readonly Item[] => Array.isArray(value);
