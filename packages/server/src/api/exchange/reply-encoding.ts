import { assert } from '@sluice/core/kernel/assert.ts';
import type { FastifySerializerCompiler } from 'fastify';
import { z } from 'zod';

/**
 * Compiles the serializer of a documented reply: what does not fit its schema is a bug of this program, and is answered
 * with 500 and never sent. Keys that the schema does not know are left out.
 */
export const encodeReply: FastifySerializerCompiler<unknown> = ({ schema, method, url, httpStatus }) => {
  assert(
    schema instanceof z.ZodType,
    `${method} ${url} documents ${httpStatus} with something else than zod`,
  );
  return (value) => {
    const result = schema.safeParse(value);
    assert(result.success, `${method} ${url} would answer ${httpStatus} with ${result.error}`);
    return JSON.stringify(result.data);
  };
};
