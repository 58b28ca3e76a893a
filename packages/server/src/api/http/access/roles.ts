import { accessNameSchema } from '@sluice/protocol/http/access.ts';
import { roleListSchema, roleRequestSchema, roleSchema } from '@sluice/protocol/http/members.ts';
import { z } from 'zod';
import { needs, SIGNED_IN } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendOnce } from '../../exchange/answers.ts';
import { changeHeaders } from '../../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';

const PATH = '/api/v1/roles/:role';
const params = z.strictObject({ role: accessNameSchema });
const tags = ['access'];

/** `GET /api/v1/roles`: what each role allows. */
export const listRoles: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listRoles', tags, summary: 'List the roles, and what each allows' },
    response: {
      200: jsonReply('The built-in roles, and those that were made.', roleListSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/roles', { schema, ...SIGNED_IN }, async () => ({ items: [...(await accounts.roles())] }));
};

/** `PUT /api/v1/roles/:role`: make a role, or change what it allows. */
export const putRole: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'putRole', tags },
    summary: 'Make a role, or change what it allows to all who have it',
    params,
    headers: changeHeaders,
    body: roleRequestSchema,
    response: { 200: jsonReply('The role as it is now.', roleSchema), ...postingRefusals(409, 422) },
  };
  app.put(PATH, { schema, ...needs('access:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.putRole(request.caller, request.params.role, request.body),
    ),
  );
};

/** `DELETE /api/v1/roles/:role`: remove a role that nobody has. */
export const removeRole: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'removeRole', tags, summary: 'Remove a role that nobody has any more' },
    params,
    headers: changeHeaders,
    response: { 200: jsonReply('The role as it was.', roleSchema), ...postingRefusals(404, 409, 422) },
  };
  app.delete(PATH, { schema, ...needs('access:manage', 'organisation') }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.removeRole(request.caller, request.params.role),
    ),
  );
};
