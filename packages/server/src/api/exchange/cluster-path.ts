import { clusterNameSchema } from '@sluice/protocol/http/clusters.ts';
import { z } from 'zod';

/** Where one registered cluster is. */
export const CLUSTER_PATH = '/api/v1/clusters/:name';
/** The parameters of `CLUSTER_PATH`. */
export const clusterPathSchema = z.strictObject({ name: clusterNameSchema });
