import type { Fault } from '../diagnostics/diagnostic.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import type { Loose } from '../reading/loose.ts';
import type { PlacedComponent } from '../resolve/placed-component.ts';
import type { PlacedStrategy } from '../resolve/placed-strategy.ts';

/** A demand on a whole file that its shape cannot express. */
export type FileRule = (input: Loose<ApplicationInput>) => readonly Fault[];

/** A demand on each strategy that is written out. */
export type StrategyRule = (strategy: PlacedStrategy) => readonly Fault[];

/** A demand on the components of one environment. */
export type EnvironmentRule = (
  components: readonly PlacedComponent[],
  input: Loose<ApplicationInput>,
) => readonly Fault[];

/** A demand on a component with the strategy that it has in one environment. */
export type PairRule = (component: PlacedComponent, strategy: PlacedStrategy) => readonly Fault[];
