import type { Fault } from '../diagnostics/diagnostic.ts';
import { MAX_NAMED } from '../language/application-language.ts';
import { type PlacedComponent, variablesOf } from '../resolve/placed-component.ts';
import type { EnvironmentRule, FileRule } from './rule.ts';

/** Most variables of one component; an environment block larger than this is a mistake. */
const MAX_VARIABLES = 500;
/** Linux starts nothing with a single variable or argument of 128 KiB (MAX_ARG_STRLEN); all variables together stay below. */
const MAX_VARIABLES_BYTES = 120 * 1024;
/** The shell gets a command as one argument; what is longer belongs into a script. */
const MAX_COMMAND_BYTES = 64 * 1024;

/** There is a component, and not more of anything than the limits allow. */
export const sizes: FileRule = (input) => {
  const counts = (['components', 'strategies', 'checks', 'environments'] as const).map((key) => ({
    key,
    count: Object.keys(input[key] ?? {}).length,
  }));
  const tooMany = counts
    .filter(({ count }) => count > MAX_NAMED)
    .map(({ key, count }) => ({
      path: [key],
      at: 'key' as const,
      says: `must not be more than ${MAX_NAMED}, but are ${count}`,
    }));
  const none = input.components && Object.keys(input.components).length === 0;
  const commands = Object.entries(input.checks ?? {}).flatMap(([name, check]) =>
    commandFault(check?.command, ['checks', name, 'command']),
  );
  return [
    ...(none ? [{ path: ['components'], at: 'key' as const, says: 'must have at least one component' }] : []),
    ...tooMany,
    ...commands,
  ];
};

/** What a component gives to its processes can be given to a process. */
export const processesStart: EnvironmentRule = (components) =>
  components.flatMap((component) => [
    ...variableFaults(component),
    ...component.layers.flatMap(({ path, keys }) => commandFault(keys.run, [...path, 'run'])),
  ]);

function variableFaults(component: PlacedComponent): readonly Fault[] {
  const variables = [...variablesOf(component)];
  const bytes = variables.reduce(
    (sum, [name, variable]) =>
      sum + name.length + (variable.kind === 'value' ? Buffer.byteLength(variable.value ?? '') : 0),
    0,
  );
  const layer = component.layers.findLast(({ keys }) => keys.env ?? keys.secrets);
  const path = [...(layer?.path ?? component.path), layer?.keys.env ? 'env' : 'secrets'];
  if (variables.length > MAX_VARIABLES)
    return [
      { path, at: 'key', says: `brings the variables of component ${component.name} above ${MAX_VARIABLES}` },
    ];
  if (bytes <= MAX_VARIABLES_BYTES) return [];
  const says = `brings the variables of component ${component.name} above ${MAX_VARIABLES_BYTES / 1024} KiB; keep long values in a file`;
  return [{ path, at: 'key', says }];
}

function commandFault(command: string | undefined, path: Fault['path']): readonly Fault[] {
  if (command === undefined || Buffer.byteLength(command) <= MAX_COMMAND_BYTES) return [];
  return [
    {
      path,
      at: 'key',
      says: `is longer than ${MAX_COMMAND_BYTES / 1024} KiB; keep it in a script of the source folder`,
    },
  ];
}
