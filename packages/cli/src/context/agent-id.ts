import { EXIT } from '../exit-codes.ts';
import { refusal } from '../refused.ts';

const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){2}$/;

/** Whether a text can be the id of an agent. */
export const isAgentId = (text: string): boolean => AGENT_ID.test(text);

/** Says how the id of an agent is written. */
export const noAgentId = (text: string) =>
  refusal(EXIT.refusedInput, 'invalid-agent', {
    detail: `"${text}" is not application/environment/component.`,
    remedy: 'Write for example shop/production/research: letters, digits, dot, dash and underscore.',
  });
