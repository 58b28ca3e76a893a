/** What was thought of results. */
import { z } from 'zod';
import { SCORE_RULES } from './score-rules.ts';
import { taskIdSchema } from './tasks.ts';

/** Says how good the result of a task was. */
export const scoreRequestSchema = z
  .strictObject({
    source: z.string().min(1).max(200).describe('Who says it: a person, or a program that looks at results.'),
    scores: z
      .record(z.string().regex(SCORE_RULES.name), z.number().min(0).max(1))
      .refine((scores) => Object.keys(scores).length <= SCORE_RULES.most, {
        message: `has more than ${SCORE_RULES.most} scores`,
      })
      .meta({ description: 'Scores by name, from 0 to 1.', maxProperties: SCORE_RULES.most }),
  })
  .meta({ id: 'ScoreRequest' });
/** Scores that are sent. */
export type ScoreInput = z.input<typeof scoreRequestSchema>;

/** What became of scores. */
export const scoreReplySchema = z
  .object({
    task: taskIdSchema,
    counted: z.array(z.string()).describe('Names that this source had not scored before; they are evidence.'),
  })
  .meta({ id: 'ScoreReply' });
/** What became of scores. */
export type ScoreReply = z.infer<typeof scoreReplySchema>;
