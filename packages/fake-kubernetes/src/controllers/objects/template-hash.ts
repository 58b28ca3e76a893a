import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { hash32 } from '@sluice/core/kernel/hash.ts';

/** Letters that make no words and no confusion; the same that Kubernetes uses in generated names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short name for what a template says, as long as those of Kubernetes but not equal to them: there it is a hash over
 * Go's own way of printing. `collisions` gives another name when the first is taken by another template.
 */
export function templateHash(template: object, collisions = 0): string {
  const digits = String(hash32(canonicalJson(template), collisions));
  return digits.replace(/\d/g, (digit) => alphabet[Number(digit) + 7] ?? digit);
}
