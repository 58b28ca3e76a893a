import type { Fault } from '../diagnostics/diagnostic.ts';
import { pathText } from '../document/source-value.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { Loose } from '../reading/loose.ts';
import type { FileContents } from '../resolve/file-contents.ts';
import { type PlacedComponent, environmentNames, placedComponents } from '../resolve/placed-component.ts';
import { strategyOf, writtenStrategies } from '../resolve/placed-strategy.ts';
import { hooksKnowTheirTools } from './agent-hooks.ts';
import { keysSuitKind, strategySuitsAgents } from './agents.ts';
import { expectationsHaveAnswers, probesFit } from './checks-and-health.ts';
import { type ExpressionCheck, expressionsAreGood } from './expressions.ts';
import { filesExist } from './files.ts';
import { environmentsFollow } from './gates.ts';
import { stepsAreInOrder } from './hand-written-steps.ts';
import { autoscalersScale } from './kubernetes/autoscalers.ts';
import { blocksAreWhole } from './kubernetes/blocks.ts';
import { keysMeanSomething } from './kubernetes/keys-of-targets.ts';
import { requestsFit } from './kubernetes/requests-fit.ts';
import { routersAreWhole } from './kubernetes/routers.ts';
import { demandsAreCounted } from './kubernetes/uncounted.ts';
import { workloadsSuit } from './kubernetes/workloads.ts';
import { knownChecks, knownComponents, knownStrategies, presetsStay } from './known-names.ts';
import { conditionsAreGood, measurementsAreWhole, queriesHaveAddresses } from './measurements.ts';
import { sharesGrow } from './phases.ts';
import { poolsFit } from './pools.ts';
import { batchesFit, rollingMoves } from './rolling.ts';
import { routesDiffer } from './routes.ts';
import type { EnvironmentRule, FileRule, PairRule, StrategyRule } from './rule.ts';
import { sandboxesHold } from './sandboxes.ts';
import { processesStart, sizes } from './sizes.ts';
import { stepsCarryTheirShares } from './step-capacity.ts';
import { usersAreNamed } from './users.ts';
import { needsAreReachable, variablesAreClear } from './variables.ts';
import { criteriaAreWatched } from './watched-criteria.ts';

const FILE_RULES: readonly FileRule[] = [
  sizes,
  presetsStay,
  knownStrategies,
  knownChecks,
  knownComponents,
  expectationsHaveAnswers,
  keysMeanSomething,
  measurementsAreWhole,
  environmentsFollow,
];
const STRATEGY_RULES: readonly StrategyRule[] = [
  sharesGrow,
  rollingMoves,
  stepsAreInOrder,
  criteriaAreWatched,
];
const ENVIRONMENT_RULES: readonly EnvironmentRule[] = [
  keysSuitKind,
  hooksKnowTheirTools,
  routesDiffer,
  variablesAreClear,
  needsAreReachable,
  probesFit,
  processesStart,
  routersAreWhole,
  blocksAreWhole,
];
/** Rules that name the environment: what is wrong is told for the first one in which it is. */
const PLACED_RULES: readonly EnvironmentRule[] = [
  workloadsSuit,
  poolsFit,
  sandboxesHold,
  autoscalersScale,
  requestsFit,
  queriesHaveAddresses,
];
const PAIR_RULES: readonly PairRule[] = [
  usersAreNamed,
  batchesFit,
  stepsCarryTheirShares,
  demandsAreCounted,
  strategySuitsAgents,
];

/** What the rules may look at beside the file. */
export interface RuleOptions {
  /** Only with it are folders and secret files looked for, in the environment that is asked for. */
  readonly files?: {
    readonly baseDirectory: string;
    readonly environment: string;
    readonly contents: FileContents;
  };
  readonly checkExpression?: ExpressionCheck;
  readonly checkCondition?: ExpressionCheck;
}

/** Applies every rule to what could be read of a file, in every environment that it declares. */
export function checkRules(
  input: Loose<ApplicationInput>,
  { files, checkExpression, checkCondition }: RuleOptions,
): readonly Fault[] {
  const strategies = writtenStrategies(input);
  const environments = environmentNames(input);
  return [
    ...FILE_RULES.flatMap((rule) => rule(input)),
    ...(checkExpression ? expressionsAreGood(checkExpression)(input) : []),
    ...(checkCondition ? conditionsAreGood(checkCondition)(input) : []),
    ...STRATEGY_RULES.flatMap((rule) => strategies.flatMap(rule)),
    ...environments.flatMap((environment) => environmentFaults(input, environment)),
    ...PLACED_RULES.flatMap((rule) => firstFaults(rule, environments, input)),
    ...pairFaults(
      environments.flatMap((environment) => placedComponents(input, environment)),
      input,
    ),
    ...(files
      ? filesExist(files.baseDirectory, files.contents)(placedComponents(input, files.environment), input)
      : []),
  ];
}

function environmentFaults(input: Loose<ApplicationInput>, environment: string): readonly Fault[] {
  const components = placedComponents(input, environment);
  return ENVIRONMENT_RULES.flatMap((rule) => rule(components, input));
}

function firstFaults(
  rule: EnvironmentRule,
  environments: readonly string[],
  input: Loose<ApplicationInput>,
): readonly Fault[] {
  const told = new Set<string>();
  return environments.flatMap((environment) => {
    const faults = rule(placedComponents(input, environment), input).filter(
      ({ path }) => !told.has(pathText(path)),
    );
    for (const { path } of faults) told.add(pathText(path));
    return faults;
  });
}

/** What is wrong with a component and its strategy is told for the first environment in which it is. */
function pairFaults(
  components: readonly PlacedComponent[],
  input: Loose<ApplicationInput>,
): readonly Fault[] {
  const told = new Set<string>();
  return components.flatMap((component) => {
    const strategy = strategyOf(input, component, DEFAULTS.strategy);
    const faults = strategy ? PAIR_RULES.flatMap((rule) => rule(component, strategy)) : [];
    return faults.filter((fault) => {
      const key = `${component.name} ${pathText(fault.path)}`;
      return !told.has(key) && told.add(key);
    });
  });
}
