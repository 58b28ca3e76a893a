import { trackPathSchema } from './track-path.ts';

/** Where registered agents are. */
export const AGENTS_PATH = '/api/v1/registered-agents';
/** Where one registered agent is. */
export const AGENT_PATH = `${AGENTS_PATH}/:application/:environment/:component` as const;
/** A configuration of the greatest size, escaped as JSON, with what else is said of an agent. */
export const AGENT_BODY_BYTES: number = 256 * 1024;
/** The parameters of `AGENT_PATH`, which are those of a track. */
export const agentPathSchema = trackPathSchema;
