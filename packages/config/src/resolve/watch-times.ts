import type { SourcePath } from '../document/source-value.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import type { PlacedStrategy } from './placed-strategy.ts';
import { bodyOf, stepsOf } from './strategy-body.ts';

/** A time in which a candidate takes traffic and criteria are measured. */
export interface WatchTime {
  /** Undefined when it could not be read. */
  readonly timeMs: number | undefined;
  /** The phase or step, or the strategy. */
  readonly path: SourcePath;
}

/** The times in which a strategy measures its criteria; none for immutable, which switches at once. */
export function watchTimes(placed: PlacedStrategy): readonly WatchTime[] {
  const path = [...placed.path, placed.kind];
  const single = (body: object, key: string, byDefault: string): readonly WatchTime[] => {
    const written = (body as Readonly<Record<string, number | undefined>>)[key];
    return [{ timeMs: key in body ? written : defaultMs(byDefault), path }];
  };
  switch (placed.kind) {
    case 'canary':
      return canaryTimes(placed, path);
    case 'rolling':
      return single(bodyOf(placed, 'rolling'), 'hold', DEFAULTS.rolling.hold);
    case 'blue-green':
      return single(bodyOf(placed, 'blue-green'), 'bake', DEFAULTS.blueGreen.bake);
    case 'ab':
      return single(bodyOf(placed, 'ab'), 'limit', DEFAULTS.ab.limit);
    case 'shadow':
      return single(bodyOf(placed, 'shadow'), 'hold', DEFAULTS.shadow.hold);
    case 'immutable':
      return [];
    case 'steps':
      return stepTimes(placed);
  }
}

/** The shortest time in which anything is measured, in ms; undefined when nothing ever is. */
export function shortestWatchMs(placed: PlacedStrategy): number | undefined {
  const times = watchTimes(placed).flatMap(({ timeMs }) =>
    timeMs !== undefined && timeMs > 0 ? [timeMs] : [],
  );
  return times.length > 0 ? Math.min(...times) : undefined;
}

function canaryTimes(placed: PlacedStrategy, path: SourcePath): readonly WatchTime[] {
  const { phases } = bodyOf(placed, 'canary');
  if (phases === undefined)
    return DEFAULTS.canary.phases.map(({ hold }) => ({ timeMs: defaultMs(hold), path }));
  return phases.map((phase, index) => ({ timeMs: phase?.hold, path: [...path, 'phases', index] }));
}

function stepTimes(placed: PlacedStrategy): readonly WatchTime[] {
  const { steps, path } = stepsOf(placed);
  return steps.flatMap((step, index) => {
    if (typeof step !== 'object') return [];
    const key = (['judge', 'settle'] as const).find((kind) => kind in step);
    if (key === undefined) return [];
    const written = step[key];
    return [{ timeMs: typeof written === 'object' ? written.for : written, path: [...path, index, key] }];
  });
}
