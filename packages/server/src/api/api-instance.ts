import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ApiLimits } from './api-limits.ts';
import type { ApiParts } from './api-parts.ts';
import type { Idempotency } from './exchange/idempotency.ts';

/** The Fastify instance on which operations are registered; schemas are zod's. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What an operation is given besides the request. */
export interface OperationContext extends Omit<ApiParts, 'limits' | 'idempotency'> {
  readonly limits: ApiLimits;
  readonly idempotency: Idempotency;
  /** Aborted when the API closes, so that endless answers end. */
  readonly closing: AbortSignal;
}

/** Registers one operation. */
export type Operation = (app: Api, context: OperationContext) => void;
