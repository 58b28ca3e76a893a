/** Organisations: tenants, which see nothing of each other. */
import { z } from 'zod';

const tenant = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/)
  .describe('A name of lower-case letters, digits and "-", at most 32 long.');

/** Asks for a new organisation. */
export const newOrganisationSchema = z
  .strictObject({ tenant, name: z.string().min(1).max(200).describe('For people.') })
  .meta({ id: 'NewOrganisation' });
/** A request for a new organisation. */
export type NewOrganisation = z.infer<typeof newOrganisationSchema>;

/** An organisation, as those who run the control plane see it. */
export const organisationSchema = z
  .object({
    tenant,
    name: z.string(),
    createdAt: z.int().describe('When it was made, in milliseconds since the epoch.'),
  })
  .meta({ id: 'Organisation' });
/** An organisation on the wire. */
export type OrganisationView = z.infer<typeof organisationSchema>;

/** All organisations, in the order of their tenants. */
export const organisationListSchema = z
  .object({ items: z.array(organisationSchema) })
  .meta({ id: 'OrganisationList' });

/** A new organisation, with what lets its first admin in. */
export const organisationReplySchema = z
  .object({
    organisation: organisationSchema,
    token: z.string().describe('A token of the role admin, which is told this once.'),
  })
  .meta({ id: 'OrganisationReply' });
/** What became of the request for an organisation. */
export type OrganisationReply = z.infer<typeof organisationReplySchema>;
