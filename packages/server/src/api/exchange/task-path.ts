import { workerNameSchema } from '@sluice/protocol/http/queues.ts';
import { taskIdSchema } from '@sluice/protocol/http/tasks.ts';
import { z } from 'zod';

/** Where one task is. */
export const TASK_PATH = '/api/v1/tasks/:task';
/** The parameters of `TASK_PATH`. */
export const taskPathSchema = z.strictObject({ task: taskIdSchema });

/** Where one connected worker is. */
export const WORKER_PATH = '/api/v1/agents/:worker';
/** The parameters of `WORKER_PATH`. */
export const workerPathSchema = z.strictObject({ worker: workerNameSchema });
