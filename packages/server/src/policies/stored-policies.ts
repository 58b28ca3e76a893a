/**
 * Purpose: the policies of a tenant, kept in PostgreSQL in all their versions.
 *
 * Owns the table `policies`. 1. What is added was read and type-checked whole; a file with a fault changes nothing. 2. No
 * version is ever changed, so that an outcome says which rules were asked. 3. Each change stands in the ledger.
 */
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Policy } from '@sluice/core/policy/policy.ts';
import type {
  PolicyAddition,
  PolicyDetailView,
  PoliciesRequest,
  PolicyView,
} from '@sluice/protocol/http/policies.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Database } from '../store/database/open-database.ts';
import { pageOf } from '../store/paging/page-of.ts';
import {
  changePolicies,
  listPolicies,
  listPolicyVersions,
  type PolicyRow,
} from '../store/policies/policies.ts';
import type { VersionedPolicy } from './examining-gate.ts';
import { readPolicies } from './files/read-policies.ts';
import { writePolicy } from './files/write-policy.ts';
import { invalidFile, noFile, tooMany, unknownPolicy } from './policy-refusals.ts';
import type { PolicyRegistry } from './policy-registry.ts';
import { starterText } from './starter-policies.ts';

/** Policies that one tenant may have in force; each is asked at each release. */
export const MOST_POLICIES = 200;
const MOST_VERSIONS = 50;

/** The policies in force of a tenant. */
export async function policiesInForce(db: Database, tenant: string): Promise<readonly VersionedPolicy[]> {
  const rows = await listPolicies(db, tenant, { limit: MOST_POLICIES });
  return rows.map((row) => ({ policy: row.document as Policy, version: row.version }));
}

/** The policies of a tenant. */
export function storedPolicies(db: Database, tenant: string, now: () => Instant): PolicyRegistry {
  return {
    page: (page) => {
      const after = page.cursor === null ? {} : { after: page.cursor };
      const read = (limit: number) => listPolicies(db, tenant, { ...after, limit });
      return pageOf(page.limit, read, { item: viewOf, cursor: ({ name }) => name });
    },
    policy: async (name) => detailOf(name, await listPolicyVersions(db, tenant, name, MOST_VERSIONS)),
    add: (request) => add(db, tenant, request, now()),
    remove: async (name, by) => {
      let removed: PolicyRow | undefined;
      const at = now();
      await changePolicies(db, tenant, [name], (newest) => {
        removed = newest.get(name);
        if (!removed || removed.document === null) return [];
        const entry = { at, actor: by, action: 'policyRemoved', subject: name };
        const detail = { version: removed.version };
        return [{ change: { name, document: null, by, at }, entry: { ...entry, detail } }];
      });
      return removed && removed.document !== null ? ok(viewOf(removed)) : unknownPolicy(name);
    },
    check: (text, file) => {
      const read = readPolicies(text, file);
      return read.ok
        ? { ok: true, policies: read.policies.map(({ name }) => name), notes: [...read.notes], faults: [] }
        : { ok: false, policies: [], notes: [], faults: [...read.faults] };
    },
  };
}

async function add(
  db: Database,
  tenant: string,
  request: PoliciesRequest,
  at: Instant,
): Promise<Result<PolicyAddition, Problem>> {
  const { starter, file, by } = request;
  if (starter === (request.text !== undefined)) return noFile();
  const read = readPolicies(request.text ?? (await starterText()), file);
  if (!read.ok) return invalidFile(file, read.faults);
  const wanted = read.policies.map((policy) => adjusted(policy, request));
  const names = wanted.map(({ name }) => name);
  let before: ReadonlyMap<string, PolicyRow> = new Map();
  let full = false;
  const written = await changePolicies(db, tenant, names, (newest, inForce) => {
    before = newest;
    const isNew = ({ name }: Policy): boolean => (newest.get(name)?.document ?? null) === null;
    full = inForce + wanted.filter(isNew).length > MOST_POLICIES;
    if (full) return [];
    return wanted
      .filter((policy) => !isSame(newest.get(policy.name), policy))
      .map((policy) => ({
        change: { name: policy.name, document: policy, by, at },
        entry: {
          ...{ at, actor: by, subject: policy.name },
          action: isNew(policy) ? 'policyAdded' : 'policyChanged',
          detail: { version: (newest.get(policy.name)?.version ?? 0) + 1, document: policy },
        },
      }));
  });
  if (full) return tooMany(MOST_POLICIES);
  const items = wanted.flatMap(({ name }): PolicyAddition['items'] => {
    const row = written.find((one) => one.name === name);
    const earlier = before.get(name);
    if (row) return [{ ...viewOf(row), change: earlier?.document ? 'changed' : 'added' }];
    return earlier ? [{ ...viewOf(earlier), change: 'unchanged' }] : [];
  });
  return ok({ items, notes: [...read.notes] });
}

/** A policy with what the request says instead of its file. */
function adjusted(policy: Policy, { projects, applications, environments, action }: PoliciesRequest): Policy {
  const scope = {
    projects: projects ?? policy.scope.projects ?? ['*'],
    applications: applications ?? policy.scope.applications,
    environments: environments ?? policy.scope.environments,
  };
  const bindings = policy.bindings.map((binding) => ({
    ...binding,
    actions: action ? [action] : binding.actions,
  }));
  return { ...policy, scope, bindings };
}

const isSame = (row: PolicyRow | undefined, policy: Policy): boolean =>
  row !== undefined && row.document !== null && canonicalJson(row.document) === canonicalJson(policy);

function viewOf({ name, version, document, changedBy, changedAt }: PolicyRow): PolicyView {
  const { format, description, scope, bindings, failurePolicy } = document as Policy;
  const { projects = ['*'], applications, environments } = scope;
  return {
    ...{ name, version, format, description, failurePolicy, changedBy, changedAt },
    projects: [...projects],
    applications: [...applications],
    environments: [...environments],
    actions: [...new Set(bindings.flatMap(({ actions }) => actions))],
  };
}

function detailOf(name: string, rows: readonly PolicyRow[]): Result<PolicyDetailView, Problem> {
  const [newest] = rows;
  if (!newest || newest.document === null) return unknownPolicy(name);
  return ok({
    ...viewOf(newest),
    document: newest.document as Record<string, unknown>,
    text: writePolicy(newest.document as Policy),
    versions: rows.map(({ version, changedAt, changedBy, document }) => ({
      ...{ version, at: changedAt, by: changedBy, removed: document === null },
    })),
  });
}
