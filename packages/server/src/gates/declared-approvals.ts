import type { Caller } from '@sluice/core/access/caller.ts';
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
import { changeDeclared } from '../store/gates/change-declared.ts';
import { MOST_DECLARED } from '../store/gates/gate-columns.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { scopeOf, wholeScope, wireScope } from './declared-views.ts';
import { refusedAt, scopeWithin, seenBy } from './declaring-within.ts';
import { noSuchApprovers, tooMany, unknownRule } from './gate-refusals.ts';

/** The approvals that are demanded of every release somewhere, whatever its file says. */
export interface DeclaredApprovals {
  /** Rules where the caller sees gates. */
  approvalRules(caller: Caller, page: PageRequest): Promise<Page<ApprovalRuleView>>;
  putApprovalRule(
    caller: Caller,
    name: string,
    request: ApprovalRuleRequest,
  ): Promise<Result<ApprovalRuleView, Problem>>;
  removeApprovalRule(caller: Caller, name: string): Promise<Result<ApprovalRuleView, Problem>>;
}

/** Rules of approval in PostgreSQL. */
export const declaredApprovals = (db: Database, tenant: string, now: () => Instant): DeclaredApprovals => ({
  approvalRules: async (caller, { cursor, limit }) => {
    const after = cursor === null ? {} : { after: cursor };
    const read = (most: number) => listApprovalRules(db, tenant, { ...after, limit: most });
    const page = await pageOf(limit, read, { item: ruleView, cursor: ({ name }) => name });
    return seenBy(db, tenant, caller, page);
  },
  putApprovalRule: async (caller, name, request) => {
    const demand = parseApprovers(request.approvers);
    if (demand === undefined) return noSuchApprovers(request.approvers);
    const present = await listApprovalRules(db, tenant);
    if (present.length >= MOST_DECLARED && present.every((rule) => rule.name !== name))
      return tooMany('rules of approval');
    const within = await scopeWithin(db, tenant, caller, wholeScope(request.scope));
    if (!within.ok) return within;
    const scope = within.value;
    const { selfApproval } = request;
    const by = caller.subject;
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
    return changeDeclared(
      db,
      tenant,
      { table: 'approval_rules', name },
      async (transaction, earlier) =>
        (await refusedAt(transaction, tenant, caller, earlier)) ??
        ok(ruleView(await putApprovalRule(transaction, tenant, row, entry))),
    );
  },
  removeApprovalRule: async (caller, name) => {
    const entry = {
      at: now(),
      actor: caller.subject,
      action: 'approvalRuleRemoved',
      subject: name,
      detail: {},
    };
    const removed = await changeDeclared(
      db,
      tenant,
      { table: 'approval_rules', name },
      async (transaction, present) =>
        (await refusedAt(transaction, tenant, caller, present)) ??
        ok(await removeApprovalRule(transaction, tenant, name, entry)),
    );
    if (!removed.ok) return removed;
    return removed.value ? ok(ruleView(removed.value)) : unknownRule(name);
  },
});

/** What is demanded of every release of a track, in the project that its file names or the one that it is in. */
export const approvalRulesOf =
  (db: Database, tenant: string) =>
  async (track: TrackId, named?: string): Promise<readonly ApprovalRule[]> => {
    const rows = await listApprovalRules(db, tenant);
    if (rows.length === 0) return [];
    const names = trackNames(track);
    const place = { ...names, project: named ?? (await projectOf(db, tenant, names.application)) };
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
