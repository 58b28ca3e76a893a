import { accessNameSchema } from '@sluice/protocol/http/access.ts';
import { projectListSchema, projectSchema } from '@sluice/protocol/http/members.ts';
import { z } from 'zod';
import { needs } from '../../access/needs.ts';
import type { Operation } from '../../api-instance.ts';
import { sendOnce } from '../../exchange/answers.ts';
import { changeHeaders } from '../../exchange/change-headers.ts';
import { jsonReply, postingRefusals, readingRefusals } from '../../exchange/documented-replies.ts';

const PATH = '/api/v1/projects/:project';
const MANAGING = needs('access:manage', 'organisation');
const params = z.strictObject({ project: accessNameSchema });
const tags = ['access'];

/** `GET /api/v1/projects`: the projects with their applications. */
export const listProjects: Operation = (app, { accounts }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'listProjects', tags, summary: 'List the projects with their applications' },
    response: {
      200: jsonReply('All projects, in the order of their names.', projectListSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/projects', { schema, ...needs('delivery:read', 'asked') }, async (request) => {
    const reading = request.caller.grants.filter(({ permissions }) => permissions.includes('delivery:read'));
    // Whoever sees one environment of a project knows of the project.
    const sees = (name: string) => reading.some(({ project }) => project === '*' || project === name);
    return { items: (await accounts.projects()).filter(({ name }) => sees(name)) };
  });
};

/** `PUT /api/v1/projects/:project`: make a project. */
export const addProject: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'addProject', tags, summary: 'Make a project, unless it is there' },
    params,
    headers: changeHeaders,
    response: { 200: jsonReply('The project.', projectSchema), ...postingRefusals(409, 422) },
  };
  app.put(PATH, { schema, ...MANAGING }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.addProject(request.caller, request.params.project),
    ),
  );
};

/** `DELETE /api/v1/projects/:project`: remove a project that holds nothing. */
export const removeProject: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'removeProject', tags, summary: 'Remove a project that holds no application' },
    params,
    headers: changeHeaders,
    response: {
      200: jsonReply('The project as it was.', projectSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.delete(PATH, { schema, ...MANAGING }, async (request, reply) =>
    sendOnce({ request, reply, idempotency }, 200, () =>
      accounts.removeProject(request.caller, request.params.project),
    ),
  );
};

/** `PUT /api/v1/projects/:project/applications/:application`: put an application into a project. */
export const placeApplication: Operation = (app, { accounts, idempotency }) => {
  if (accounts === undefined) return;
  const schema = {
    ...{ operationId: 'placeApplication', tags },
    summary: 'Put an application into a project: with delivery:release in both, or access:manage',
    params: z.strictObject({ project: accessNameSchema, application: accessNameSchema }),
    headers: changeHeaders,
    response: {
      200: jsonReply('The project with its applications.', projectSchema),
      ...postingRefusals(404, 409, 422),
    },
  };
  app.put(
    `${PATH}/applications/:application`,
    { schema, ...needs('delivery:release', 'asked') },
    async (request, reply) =>
      sendOnce({ request, reply, idempotency }, 200, () =>
        accounts.placeApplication(request.caller, request.params.application, request.params.project),
      ),
  );
};
