import { ID_RULES } from '@sluice/protocol/http/id-rules.ts';
import { EXIT } from '../exit-codes.ts';
import { refusal } from '../refused.ts';

/** Whether a text can be the id of an agent. */
export const isAgentId = (text: string): boolean => ID_RULES.id.test(text);

/** Says how the id of an agent is written. */
export const noAgentId = (text: string) =>
  refusal(EXIT.refusedInput, 'invalid-agent', {
    detail: `"${text}" is not application/environment/component.`,
    remedy: 'Write for example shop/production/research: letters, digits, dot, dash and underscore.',
  });
