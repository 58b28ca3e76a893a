/** Agents whose workers connect by themselves, without any release. */
import { z } from 'zod';
import { ID_RULES } from './id-rules.ts';

const instant = (what: string) => z.int().describe(`${what} In milliseconds since the epoch.`);
const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end.');

const said = {
  name: z.string().max(200).default('').describe('For people.'),
  category: z.string().max(200).default('').describe('For people, and for lists of one kind.'),
  capabilities: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))
    .max(64)
    .default([])
    .describe('What its workers can do; without any, each worker says it for itself.'),
  configuration: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Any JSON object of at most 64 KiB; Sluice keeps it and does nothing with it.'),
};

/** What an agent is to be. */
export const agentRequestSchema = z.strictObject(said).meta({ id: 'AgentRequest' });
/** What an agent is to be, before its defaults are filled in. */
export type AgentInput = z.input<typeof agentRequestSchema>;

/** A new agent. */
export const newAgentSchema = z
  .strictObject({
    id: z
      .string()
      .max(302)
      .regex(ID_RULES.id)
      .describe('`application/environment/component`; no component of agents may be released under it.'),
    ...said,
  })
  .meta({ id: 'NewAgent' });
/** A new agent, before its defaults are filled in. */
export type NewAgentInput = z.input<typeof newAgentSchema>;

/** An agent as it is registered. */
export const registeredAgentSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    category: z.string(),
    status: z
      .enum(['active', 'inactive', 'error', 'updating'])
      .describe('`active`: a worker is connected to the server that answers.'),
    capabilities: z.array(z.string()),
    configuration: z.record(z.string(), z.unknown()),
    createdAt: instant('When it was registered.'),
    updatedAt: instant('When what is said of it was changed last.'),
  })
  .meta({ id: 'RegisteredAgent' });
/** A registered agent on the wire. */
export type RegisteredAgentView = z.infer<typeof registeredAgentSchema>;

/** Registered agents in the order of their ids. */
export const registeredAgentPageSchema = z
  .object({ items: z.array(registeredAgentSchema), next })
  .meta({ id: 'RegisteredAgentPage' });

/** An agent that is registered no more. */
export const removedAgentSchema = z.object({ id: z.string() }).meta({ id: 'RemovedAgent' });
