import {
  APPROVAL_EXPIRES_MS,
  type ApprovalRule,
  describeApprovers,
  parseApprovers,
} from '@sluice/core/gates/approval-rule.ts';
import { describeScope, isWithin } from '@sluice/core/gates/gate-scope.ts';
import { type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ApprovalRuleRequest, ApprovalRuleView } from '@sluice/protocol/http/gate-rules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import { projectOf } from '../store/access/grants.ts';
import type { Database } from '../store/database/open-database.ts';
import {
  type ApprovalRuleRow,
  listApprovalRules,
  putApprovalRule,
  removeApprovalRule,
} from '../store/gates/approval-rules.ts';
import { MOST_DECLARED } from '../store/gates/gate-columns.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { scopeOf, wholeScope, wireScope } from './declared-views.ts';
import { noSuchApprovers, tooMany, unknownRule } from './gate-refusals.ts';

/** The approvals that are demanded of every release somewhere, whatever its file says. */
export interface DeclaredApprovals {
  approvalRules(page: PageRequest): Promise<Page<ApprovalRuleView>>;
  putApprovalRule(name: string, request: ApprovalRuleRequest): Promise<Result<ApprovalRuleView, Problem>>;
  removeApprovalRule(name: string, by: string): Promise<Result<ApprovalRuleView, Problem>>;
}

/** Rules of approval in PostgreSQL. */
export const declaredApprovals = (db: Database, tenant: string, now: () => Instant): DeclaredApprovals => ({
  approvalRules: ({ cursor, limit }) => {
    const after = cursor === null ? {} : { after: cursor };
    const read = (most: number) => listApprovalRules(db, tenant, { ...after, limit: most });
    return pageOf(limit, read, { item: ruleView, cursor: ({ name }) => name });
  },
  putApprovalRule: async (name, request) => {
    const demand = parseApprovers(request.approvers);
    if (demand === undefined) return noSuchApprovers(request.approvers);
    const present = await listApprovalRules(db, tenant);
    if (present.length >= MOST_DECLARED && present.every((rule) => rule.name !== name))
      return tooMany('rules of approval');
    const scope = wholeScope(request.scope);
    const { selfApproval, by } = request;
    const expiresMs = request.expiresMs ?? APPROVAL_EXPIRES_MS;
    const row = {
      name,
      ...scope,
      needed: demand.needed,
      voters: demand.of,
      selfApproval,
      expiresMs,
      declaredBy: by,
    };
    const words = `${describeApprovers(demand)} for ${describeScope(scope)}`;
    const entry = { at: now(), actor: by, action: 'approvalRuleDeclared', subject: name, detail: { words } };
    return ok(ruleView(await putApprovalRule(db, tenant, row, entry)));
  },
  removeApprovalRule: async (name, by) => {
    const entry = { at: now(), actor: by, action: 'approvalRuleRemoved', subject: name, detail: {} };
    const row = await removeApprovalRule(db, tenant, name, entry);
    return row ? ok(ruleView(row)) : unknownRule(name);
  },
});

/** What is demanded of every release of a track. */
export const approvalRulesOf =
  (db: Database, tenant: string) =>
  async (track: TrackId): Promise<readonly ApprovalRule[]> => {
    const rows = await listApprovalRules(db, tenant);
    if (rows.length === 0) return [];
    const names = trackNames(track);
    const place = { ...names, project: await projectOf(db, tenant, names.application) };
    return rows
      .filter((row) => isWithin(place, scopeOf(row)))
      .map(({ needed, voters, selfApproval, expiresMs }) => ({
        needed,
        of: voters,
        selfApproval,
        expiresMs,
      }));
  };

const ruleView = (row: ApprovalRuleRow): ApprovalRuleView => ({
  name: row.name,
  words: `${describeApprovers({ needed: row.needed, of: row.voters })}, for ${describeScope(scopeOf(row))}`,
  needed: row.needed,
  of: [...row.voters],
  scope: wireScope(row),
  selfApproval: row.selfApproval,
  expiresMs: row.expiresMs,
  declaredBy: row.declaredBy,
  declaredAt: row.declaredAt,
});
