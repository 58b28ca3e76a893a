import { channelNameSchema } from '@sluice/protocol/http/channels.ts';
import { z } from 'zod';

/** Where one channel is. */
export const CHANNEL_PATH = '/api/v1/channels/:name';
/** Where one subscription is. */
export const SUBSCRIPTION_PATH = '/api/v1/subscriptions/:name';
/** The parameters of `CHANNEL_PATH` and `SUBSCRIPTION_PATH`. */
export const channelPathSchema = z.strictObject({ name: channelNameSchema });
/** Where one delivery is. */
export const DELIVERY_PATH = '/api/v1/deliveries/:delivery';
/** The parameters of `DELIVERY_PATH`. */
export const deliveryPathSchema = z.strictObject({ delivery: z.uuid().describe('Id of a delivery.') });
/** Who asks, where a request has no body. */
export const byQuery = {
  by: z.string().min(1).max(200).default('anonymous').describe('Who asks; stands in the ledger.'),
};
