import { MAX_NAMED } from '../language/application-language.ts';
import type { FileRule } from './rule.ts';

/** Most variables of one component; an environment block larger than this is a mistake. */
const MAX_VARIABLES = 500;

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
  const variables = Object.entries(input.components ?? {})
    .filter(([, component]) => Object.keys(component?.env ?? {}).length > MAX_VARIABLES)
    .map(([name]) => ({
      path: ['components', name, 'env'],
      at: 'key' as const,
      says: `must not be more than ${MAX_VARIABLES} variables`,
    }));
  return [
    ...(none ? [{ path: ['components'], at: 'key' as const, says: 'must have at least one component' }] : []),
    ...tooMany,
    ...variables,
  ];
};
