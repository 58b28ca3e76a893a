import { ok } from '@sluice/core/kernel/result.ts';
import type { ScoreDesk } from '../score-desk.ts';

/** For tests of something else: scores are taken, and are evidence of nothing. */
export const noScores: ScoreDesk = { score: async (_tenant, { task }) => ok({ task, counted: [] }) };
