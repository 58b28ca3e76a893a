import { scheduleNameSchema } from '@sluice/protocol/http/schedules.ts';
import { z } from 'zod';
import { TRACK_PATH, trackPathSchema } from './track-path.ts';

/** Where one schedule is. */
export const SCHEDULE_PATH = `${TRACK_PATH}/schedules/:schedule` as const;
/** The parameters of `SCHEDULE_PATH`. */
export const schedulePathSchema = z.strictObject({ ...trackPathSchema.shape, schedule: scheduleNameSchema });
