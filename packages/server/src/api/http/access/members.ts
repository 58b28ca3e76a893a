import { roleAtSchema } from '@sluice/protocol/http/access.ts';
import {
  bindingListSchema,
  bindingRequestSchema,
  bindingSchema,
  memberPageSchema,
  memberSchema,
  subjectSchema,
} from '@sluice/protocol/http/members.ts';
import { z } from 'zod';
import { needs } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendOnce, sendResult } from '../../exchange/answers.ts';
import { changeHeaders } from '../../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../../exchange/paging.ts';

const READING = needs('access:read', 'organisation');
const MANAGING = needs('access:manage', 'organisation');
const tags = ['access'];

/** `GET /api/v1/members`: who has signed in. */
export const listMembers: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listMembers', tags, summary: 'List who has signed in, with their roles' },
    querystring: z.strictObject(pageQuery),
    response: {
      200: jsonReply('A page of members, in the order of their subjects.', memberPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/members', { schema, ...READING }, async (request, reply) => {
    const found = await readPage('members', request.query, (wanted) => accounts.members(wanted));
    return sendResult(request, reply, found);
  });
};

/** `DELETE /api/v1/members/:subject`: remove a member with everything that lets them in. */
export const removeMember: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'removeMember', tags },
    summary: 'Remove a member with their roles, sessions and personal tokens',
    params: z.strictObject({ subject: subjectSchema }),
    headers: changeHeaders,
    response: {
      200: jsonReply('The member as they were.', memberSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete('/api/v1/members/:subject', { schema, ...MANAGING }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.removeMember(request.caller, request.params.subject),
    ),
  );
};

/** `GET /api/v1/role-bindings`: who was given which role where. */
export const listBindings: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listRoleBindings', tags, summary: 'List who was given which role where' },
    response: {
      200: jsonReply('All of them, in the order of their subjects.', bindingListSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/role-bindings', { schema, ...READING }, async () => ({
    items: [...(await accounts.bindings())],
  }));
};

/** `POST /api/v1/role-bindings`: give somebody a role. */
export const bindRole: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'bindRole', tags },
    summary: 'Give a person, a group or a workload a role; nobody gives more than they have',
    headers: changeHeaders,
    body: bindingRequestSchema,
    response: {
      200: jsonReply('What was given, or had been before.', bindingSchema),
      ...postingRefusals(409, 422),
    },
  };
  app.post('/api/v1/role-bindings', { schema, ...MANAGING }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () => accounts.bind(request.caller, request.body)),
  );
};

const bindingNameSchema = roleAtSchema.extend({ subject: subjectSchema });

/** `DELETE /api/v1/role-bindings`: take a role from somebody. */
export const unbindRole: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'unbindRole', tags },
    summary: 'Take a role from somebody; not the last with the role admin',
    querystring: bindingNameSchema,
    headers: changeHeaders,
    response: {
      200: jsonReply('What was taken.', bindingNameSchema.meta({ id: 'RoleBindingName' })),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete('/api/v1/role-bindings', { schema, ...MANAGING }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () => accounts.unbind(request.caller, request.query)),
  );
};
