import { ok } from '@sluice/core/kernel/result.ts';
import {
  workflowPageSchema,
  workflowStateSchema,
  type WorkflowSummaryView,
} from '@sluice/protocol/http/workflows.ts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AccessGuard } from '../../access/access-guard.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { sendResult } from '../exchange/answers.ts';
import { jsonReply, readingRefusals } from '../exchange/documented-replies.ts';
import { pageQuery, readPage } from '../exchange/paging.ts';

const querySchema = z.strictObject({ state: workflowStateSchema.optional(), ...pageQuery });

/** `GET /api/v1/workflows`: workflows, newest first. */
export const listWorkflows: Operation = (app, { workflows, access }) => {
  if (workflows === undefined) return;
  const schema = {
    operationId: 'listWorkflows',
    tags: ['workflows'],
    summary: 'List the workflows of which the caller sees every task, newest first, without their tasks',
    querystring: querySchema,
    response: {
      200: jsonReply('A page of workflows, newest first.', workflowPageSchema),
      ...readingRefusals(),
    },
  };
  app.get('/api/v1/workflows', { schema, ...needs('tasks:read', 'anywhere') }, async (request, reply) => {
    const { state, ...page } = request.query;
    const list = `workflows?${JSON.stringify([state])}`;
    const found = await readPage(list, page, (wanted) => workflows.workflows({ state }, wanted));
    return sendResult(request, reply, found.ok ? ok(await seenPart(request, access, found.value)) : found);
  });
};

interface Workflows {
  readonly items: readonly WorkflowSummaryView[];
  readonly next: string | null;
}

/** A workflow may go through several projects: it is shown, as when one asks for it alone, to who sees all of them. */
async function seenPart(
  { caller, mayNot }: FastifyRequest,
  guard: AccessGuard,
  page: Workflows,
): Promise<Workflows> {
  if ((await mayNot('tasks:read', null)) === undefined) return page;
  const isSeen = async ({ id }: WorkflowSummaryView): Promise<boolean> => {
    const tracks = await guard.tracksOf(caller, 'workflow', id);
    const refusals = await Promise.all(tracks.map((track) => mayNot('tasks:read', track)));
    return tracks.length > 0 && refusals.every((refusal) => refusal === undefined);
  };
  const seen = await Promise.all(page.items.map(isSeen));
  return { ...page, items: page.items.filter((_item, index) => seen[index] === true) };
}
