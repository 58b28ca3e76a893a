import { ok } from '@sluice/core/kernel/result.ts';
import type { OrganisationView } from '@sluice/protocol/http/organisations.ts';
import type { Organisations } from '../../access/organisations.ts';

/** Organisations in memory, of which nothing runs. */
export function memoryOrganisations(): Organisations {
  const items: OrganisationView[] = [{ tenant: 'default', name: 'Default', createdAt: 0 }];
  return {
    list: async () => items,
    add: async ({ tenant, name }) => {
      const organisation = { tenant, name, createdAt: 1 };
      items.push(organisation);
      return ok({ organisation, token: 'slu_' });
    },
  };
}
