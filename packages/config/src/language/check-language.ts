import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { definition, freeText, oneOf, optional, record, whole } from './leaf.ts';
import { urlPath } from './names.ts';
import { duration } from './quantities.ts';

const status = () => whole(100, 599);

const answer = definition(
  'answer',
  'The answer that a check wants. As a number: the status.',
  z.union([
    status(),
    record({
      status: optional(status(), {
        meaning: 'The status of the answer.',
        default: DEFAULTS.check.status,
      }),
      body: optional(freeText('a text'), {
        meaning: 'A text that the answer contains.',
        example: 'ok',
      }),
    }),
  ]),
);

/** A check of a candidate. */
export const checkLanguage = definition(
  'check',
  'A check of a candidate; one of http, tcp and command.',
  oneOf(
    {
      http: optional(urlPath(), {
        meaning: 'Path that is requested from every ready instance at once; each must answer as expected.',
        example: '/healthz',
      }),
      expect: optional(answer, {
        meaning: 'What must come back for http: a status, or more.',
        default: DEFAULTS.check.status,
      }),
      tcp: optional(z.literal(true), {
        meaning: 'The port of every ready instance accepts a connection.',
        example: true,
      }),
      command: optional(freeText('a shell command'), {
        meaning:
          'Runs once, in the folder of the candidate (an image has none), with CANDIDATE_URL, the address of one ready instance; ends with 0 when all is well.',
        example: 'npm run load-check',
      }),
      timeout: optional(duration('100ms', '2h'), {
        meaning: `How long one attempt may take, all instances together; ${DEFAULTS.commandCheck.timeout} for a command.`,
        default: DEFAULTS.check.timeout,
      }),
      attempts: optional(whole(1, 100), {
        meaning: `How often it is tried, at once after each failure, before it has failed; ${DEFAULTS.commandCheck.attempts} for a command.`,
        default: DEFAULTS.check.attempts,
      }),
    },
    { keys: ['http', 'tcp', 'command'] },
  ),
);
