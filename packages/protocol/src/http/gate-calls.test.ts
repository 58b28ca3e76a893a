import { expect, test } from 'vitest';
import { apiClient } from './client.ts';

test('votes, freezes, windows, rules and budgets are asked for where the document says', async () => {
  const asked: string[] = [];
  const client = apiClient({
    baseUrl: 'http://sluice.test',
    fetch: async (url, init) => {
      const { pathname, search } = new URL(url instanceof Request ? url.url : url);
      asked.push(`${init?.method} ${pathname}${search}`);
      return new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
    },
  });
  await client.vote('shop/production/web', { decision: 'approve' });
  await client.breakGlass('shop/production/web', { reason: 'it burns' });
  await client.freeze({ reason: 'the sale' });
  await client.freezes({ limit: 5 });
  await client.liftFreeze('sale', { by: 'otto', system: true });
  await client.putWindow('office', { effect: 'allow', times: 'mon-fri' });
  await client.windows({});
  await client.removeWindow('office');
  await client.putApprovalRule('four-eyes', { approvers: '1' });
  await client.approvalRules({});
  await client.removeApprovalRule('four-eyes');
  await client.errorBudget('shop/production/web');
  expect(asked).toEqual([
    'POST /api/v1/tracks/shop/production/web/votes',
    'POST /api/v1/tracks/shop/production/web/break-glass',
    'POST /api/v1/freezes',
    'GET /api/v1/freezes?limit=5',
    'DELETE /api/v1/freezes/sale?by=otto&system=true',
    'PUT /api/v1/windows/office',
    'GET /api/v1/windows',
    'DELETE /api/v1/windows/office',
    'PUT /api/v1/approval-rules/four-eyes',
    'GET /api/v1/approval-rules',
    'DELETE /api/v1/approval-rules/four-eyes',
    'GET /api/v1/tracks/shop/production/web/error-budget',
  ]);
});
