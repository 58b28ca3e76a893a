import type { SourcePath } from '../document/source-value.ts';
import type { ApplicationInput } from '../language/application-language.ts';
import type { ComponentInput } from '../language/component-language.ts';
import type { Loose } from '../reading/loose.ts';

/** The environment of a file that declares none. */
export const LOCAL_ENVIRONMENT = 'local';

/** Keys of a component written in one place of the file. */
export interface Layer {
  readonly path: SourcePath;
  readonly keys: Loose<ComponentInput>;
}

/** A component in one environment: what was written of it, the weakest place first. */
export interface PlacedComponent {
  readonly name: string;
  readonly environment: string;
  /** Where the component itself stands. */
  readonly path: SourcePath;
  readonly layers: readonly Layer[];
}

/** The names of the environments for which a file can be resolved. */
export function environmentNames(input: Loose<ApplicationInput>): readonly string[] {
  const names = Object.keys(input.environments ?? {});
  return names.length > 0 ? names : [LOCAL_ENVIRONMENT];
}

/** The components of a file as they are in one environment; those of which nothing could be read are left out. */
export function placedComponents(
  input: Loose<ApplicationInput>,
  environment: string,
): readonly PlacedComponent[] {
  return Object.entries(input.components ?? {}).flatMap(([name, component]) =>
    component === undefined
      ? []
      : [
          {
            name,
            environment,
            path: ['components', name],
            layers: layersOf(input, environment, name, component),
          },
        ],
  );
}

function layersOf(
  input: Loose<ApplicationInput>,
  environment: string,
  name: string,
  component: Loose<ComponentInput>,
): readonly Layer[] {
  const here = input.environments?.[environment] ?? {};
  return [
    { path: [], keys: pick(input, 'target') },
    { path: ['defaults'], keys: input.defaults ?? {} },
    { path: ['environments', environment], keys: pick(here, 'target', 'kubernetes') },
    { path: ['components', name], keys: component },
    { path: ['environments', environment], keys: pick(here, 'strategy') },
    { path: ['environments', environment, 'components', name], keys: here.components?.[name] ?? {} },
  ];
}

/** The keys of a mapping that are written and asked for. */
function pick(
  keys: Loose<ComponentInput>,
  ...names: readonly (keyof ComponentInput)[]
): Loose<ComponentInput> {
  return Object.fromEntries(names.filter((name) => name in keys).map((name) => [name, keys[name]]));
}

/** The value of a key and the place of the layer that decides it; undefined when no layer has the key. */
export function decided<Key extends keyof ComponentInput>(
  component: PlacedComponent,
  key: Key,
): { readonly value: Loose<ComponentInput>[Key]; readonly path: SourcePath } | undefined {
  const layer = component.layers.findLast(({ keys }) => key in keys);
  return layer && { value: layer.keys[key], path: [...layer.path, key] };
}

/** The keys of which exactly one says what a component runs. */
export const WORKLOAD_KEYS = ['run', 'image', 'manifests'] as const;

/** The key that says what a component runs in its environment, and where it stands; undefined when there is none. */
export function decidedWorkload(component: PlacedComponent):
  | {
      readonly key: (typeof WORKLOAD_KEYS)[number];
      readonly path: SourcePath;
      /** Whether it is the only one that is written there. */
      readonly isClear: boolean;
    }
  | undefined {
  const layer = component.layers.findLast(({ keys }) => WORKLOAD_KEYS.some((key) => key in keys));
  if (layer === undefined) return undefined;
  const [key, other] = WORKLOAD_KEYS.filter((candidate) => candidate in layer.keys);
  return key && { key, path: [...layer.path, key], isClear: other === undefined };
}

/** A variable of a component: a value, or where the value is kept. */
export type Variable =
  | { readonly kind: 'value'; readonly value: string | undefined }
  | {
      readonly kind: 'secret';
      readonly secret: Loose<NonNullable<ComponentInput['secrets']>[string]> | undefined;
    };

/** All variables by name; a later layer replaces those of the same name, whether value or secret. */
export function variablesOf(component: PlacedComponent): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { keys } of component.layers) {
    for (const [name, value] of Object.entries(keys.env ?? {})) variables.set(name, { kind: 'value', value });
    for (const [name, secret] of Object.entries(keys.secrets ?? {}))
      variables.set(name, { kind: 'secret', secret });
  }
  return variables;
}
