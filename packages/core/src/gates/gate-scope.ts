/** Where something that is declared for many releases holds; null means everywhere. */
export interface GateScope {
  readonly project: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly component: string | null;
}

/** A track, and the project that its application belongs to. */
export type GatePlace = { readonly [Part in keyof GateScope]: string };

const PARTS = ['project', 'application', 'environment', 'component'] as const;

/** Whether what is declared for a scope holds at a place. */
export const isWithin = (place: GatePlace, scope: GateScope): boolean =>
  PARTS.every((part) => scope[part] === null || scope[part] === place[part]);

/** A scope in words: `the environment production of the application shop`, `everything`. */
export function describeScope(scope: GateScope): string {
  const named = [...PARTS].reverse().flatMap((part) => {
    const name = scope[part];
    return name === null ? [] : [`the ${part} ${name}`];
  });
  return named.length === 0 ? 'everything' : named.join(' of ');
}
