import { ok } from '@sluice/core/kernel/result.ts';
import type { SecretView } from '@sluice/protocol/http/secrets.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { unknownSecret } from '../../secrets/secret-refusals.ts';
import type { SecretRegistry } from '../../secrets/secret-registry.ts';

const KEY = '0123456789abcdef';

/** For tests: names of secrets in memory. */
export function memorySecrets(): SecretRegistry {
  const known = new Map<string, SecretView>();
  return {
    page: async ({ cursor, limit }) => {
      const after = [...known.keys()].sort().filter((name) => cursor === null || name > cursor);
      const names = after.slice(0, limit);
      const items = names.flatMap((name) => known.get(name) ?? []);
      return { items, next: after.length > limit ? (names.at(-1) ?? null) : null };
    },
    set: async (name, { by }) => {
      const version = (known.get(name)?.version ?? 0) + 1;
      const view = { name, version, keyId: KEY, changedAt: SAMPLE_TIME, changedBy: by };
      known.set(name, view);
      return ok(view);
    },
    remove: async (name) => {
      const view = known.get(name);
      known.delete(name);
      return view ? ok(view) : unknownSecret(name);
    },
    rotateKey: async () => ok({ keyId: KEY, rewrapped: known.size }),
  };
}
