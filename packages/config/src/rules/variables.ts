import type { Fault } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../diagnostics/nearest-name.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { ComponentInput } from '../language/component-language.ts';
import type { Loose } from '../reading/loose.ts';
import { type PlacedComponent, decided, variablesOf } from '../resolve/placed-component.ts';
import type { EnvironmentRule } from './rule.ts';

/** Variables that Sluice sets itself. */
const GIVEN = ['PORT'];

/** In one place a variable is a value or a secret, and none is one that Sluice sets. */
export const variablesAreClear: EnvironmentRule = (components) =>
  components.flatMap(({ layers }) =>
    layers.flatMap(({ path, keys }) => [
      ...Object.keys(keys.secrets ?? {})
        .filter((name) => Object.hasOwn(keys.env ?? {}, name))
        .map((name) => keyFault([...path, 'secrets', name], 'stands in env as well; write it once')),
      ...(['env', 'secrets'] as const).flatMap((key) =>
        Object.keys(keys[key] ?? {})
          .filter((name) => GIVEN.includes(name))
          .map((name) => keyFault([...path, key, name], 'is set by Sluice itself; remove it')),
      ),
    ]),
  );

const keyFault = (path: SourcePath, says: string): Fault => ({ path, at: 'key', says });

type NeedInput = Loose<NonNullable<ComponentInput['needs']>[number]>;
const NEED_KINDS = ['postgres', 'redis', 'http', 'tcp'] as const;
type NeedKind = (typeof NEED_KINDS)[number];

/** What each kind of need takes when it is written out. */
const WRITTEN_OUT: Readonly<Record<NeedKind, { readonly form: RegExp; readonly words: string }>> = {
  postgres: { form: /^postgres(ql)?:\/\/[^\s]+$/, words: 'a URL such as postgres://host:5432/name' },
  redis: { form: /^rediss?:\/\/[^\s]+$/, words: 'a URL such as redis://host:6379' },
  http: { form: /^https?:\/\/[^\s/]+[^\s]*$/, words: 'a URL such as https://host/path' },
  tcp: { form: /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, words: 'host:port' },
};

/** What is needed is an address, or a variable or secret that the component has. */
export const needsAreReachable: EnvironmentRule = (components) =>
  components.flatMap((component) => {
    const needs = decided(component, 'needs');
    return (needs?.value ?? []).flatMap((need, index) =>
      needFault(need, [...(needs?.path ?? []), index], component),
    );
  });

function needFault(
  need: NeedInput | undefined,
  path: SourcePath,
  component: PlacedComponent,
): readonly Fault[] {
  const kind = NEED_KINDS.find((candidate) => need?.[candidate] !== undefined);
  const address = kind && need?.[kind];
  if (kind === undefined || address === undefined) return [];
  const names = [...variablesOf(component).keys()];
  if (names.includes(address) || isWrittenOut(kind, address)) return [];
  const suggestion = nearestName(address, names);
  const meant = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const says = `must be ${WRITTEN_OUT[kind].words}, or a variable or secret of component ${component.name}, but is "${address}"${meant}`;
  return [
    {
      path: [...path, kind],
      at: 'value',
      says,
      found: JSON.stringify(address),
      ...(suggestion && { suggestion }),
    },
  ];
}

function isWrittenOut(kind: NeedKind, address: string): boolean {
  if (!WRITTEN_OUT[kind].form.test(address)) return false;
  const port = /:(\d{1,5})(\/|$)/.exec(address)?.[1];
  return port === undefined || (Number(port) > 0 && Number(port) <= 65_535);
}
