import { randomBytes } from 'node:crypto';
import type { Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, ORGANISATION } from '@sluice/core/access/decide-access.ts';
import { describeReach, describeSpan } from '@sluice/core/gates/freeze.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { FreezeRequest, FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { Database } from '../store/database/open-database.ts';
import { changeDeclared } from '../store/gates/change-declared.ts';
import {
  addFreeze,
  addSystemFreeze,
  countFreezes,
  type FreezeRow,
  freezeKey,
  listFreezes,
  removeFreeze,
  removeSystemFreeze,
} from '../store/gates/freezes.ts';
import { MOST_DECLARED } from '../store/gates/gate-columns.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { freezeView, wholeScope } from './declared-views.ts';
import { refusedAt, scopeWithin, seenBy } from './declaring-within.ts';
import {
  emptySpan,
  holdsInEveryOrganisation,
  mayNotDeclare,
  nameTaken,
  systemScope,
  tooMany,
  unknownFreeze,
} from './gate-refusals.ts';

/** What people do to freezes. */
export interface DeclaredFreezes {
  /** Freezes that hold now or will, where the caller sees gates. */
  freezes(caller: Caller, page: PageRequest): Promise<Page<FreezeView>>;
  freeze(caller: Caller, request: FreezeRequest): Promise<Result<FreezeView, Problem>>;
  /** @param system whether one of every organisation is meant */
  lift(caller: Caller, name: string, system: boolean): Promise<Result<FreezeView, Problem>>;
}

/** What freezes are kept with. */
export interface FreezePorts {
  readonly db: Database;
  readonly tenant: string;
  readonly now: () => Instant;
  /** Connections that belong to no tenant, to freeze every organisation; null for whoever does not run the control plane. */
  readonly system: Database | null;
}

/** Freezes in PostgreSQL. */
export const declaredFreezes = (ports: FreezePorts): DeclaredFreezes => ({
  freezes: async (caller, { cursor, limit }) => {
    const { db, tenant, now } = ports;
    const at = now();
    const after = cursor === null ? {} : { after: cursor };
    const read = (most: number) => listFreezes(db, tenant, { ...after, limit: most, at });
    const page = await pageOf(limit, read, { item: (row) => freezeView(row, at), cursor: freezeKey });
    return seenBy(db, tenant, caller, page);
  },
  freeze: async (caller, request) => {
    const at = ports.now();
    const { from = at, until = null, holds, reason, name = newName() } = request;
    if (until !== null && until <= Math.max(from, at)) return emptySpan();
    const row = {
      ...{ name, ...wholeScope(request.scope), reason, holds, beginsAt: from, endsAt: until },
      declaredBy: caller.subject,
    };
    const added = request.system
      ? await freezeSystem(ports, caller, row)
      : await freezeWithin(ports, caller, row);
    return added.ok ? ok(freezeView(added.value, at)) : added;
  },
  lift: async (caller, name, system) => {
    const { now } = ports;
    const entry = { at: now(), actor: caller.subject, action: 'freezeLifted', subject: name };
    const lifted = system
      ? await liftSystem(ports, caller, { ...entry, detail: { system } })
      : await liftWithin(ports, caller, { ...entry, detail: {} });
    return lifted.ok ? ok(freezeView(lifted.value, now())) : lifted;
  },
});

type NewFreeze = Omit<FreezeRow, 'declaredAt' | 'system'>;
type Lifting = Parameters<typeof removeFreeze>[3];

const newName = (): string => `freeze-${randomBytes(3).toString('hex')}`;

const entryOf = (at: Instant, freeze: NewFreeze, isSystemWide: boolean) => {
  const { name, holds, reason, beginsAt: from, endsAt: until, declaredBy: actor } = freeze;
  const words = `${describeReach({ scope: freeze, isSystemWide })}, ${describeSpan({ from, until })}: ${reason}`;
  const detail = { words, holds, ...(isSystemWide && { system: true }) };
  return { at, actor, action: 'freezeDeclared', subject: name, detail };
};

async function freezeWithin(
  { db, tenant, now }: FreezePorts,
  caller: Caller,
  wanted: NewFreeze,
): Promise<Result<FreezeRow, Problem>> {
  const within = await scopeWithin(db, tenant, caller, wanted);
  if (!within.ok) return within;
  if ((await countFreezes(db, tenant)) >= MOST_DECLARED) return tooMany('freezes');
  const freeze = { ...wanted, project: within.value.project };
  const { name } = freeze;
  const added = await changeDeclared(db, tenant, { table: 'freezes', name }, (transaction) =>
    addFreeze(transaction, tenant, freeze, entryOf(now(), freeze, false)),
  );
  return added ? ok(added) : nameTaken(name);
}

async function liftWithin(
  { db, tenant, now }: FreezePorts,
  caller: Caller,
  entry: Lifting,
): Promise<Result<FreezeRow, Problem>> {
  const name = entry.subject;
  const lifted = await changeDeclared(
    db,
    tenant,
    { table: 'freezes', name },
    async (transaction, present) =>
      (await refusedAt(transaction, tenant, caller, present)) ??
      ok(await removeFreeze(transaction, tenant, name, entry)),
  );
  if (!lifted.ok) return lifted;
  if (lifted.value) return ok(lifted.value);
  const present = await listFreezes(db, tenant, { at: now() });
  const isSystemWide = present.some((freeze) => freeze.system && freeze.name === name);
  return isSystemWide ? holdsInEveryOrganisation(name) : unknownFreeze(name);
}

async function freezeSystem(
  { system, now }: FreezePorts,
  caller: Caller,
  freeze: NewFreeze,
): Promise<Result<FreezeRow, Problem>> {
  const refused = refusedSystem(system, caller);
  if (refused) return refused;
  if (freeze.project !== null || freeze.application !== null || freeze.component !== null)
    return systemScope();
  const added = system && (await addSystemFreeze(system, freeze, entryOf(now(), freeze, true)));
  return added ? ok(added) : nameTaken(freeze.name);
}

async function liftSystem(
  { system }: FreezePorts,
  caller: Caller,
  entry: Lifting,
): Promise<Result<FreezeRow, Problem>> {
  const refused = refusedSystem(system, caller);
  if (refused) return refused;
  const lifted = system && (await removeSystemFreeze(system, entry.subject, entry));
  return lifted ? ok(lifted) : unknownFreeze(entry.subject);
}

function refusedSystem(system: Database | null, caller: Caller): ReturnType<typeof mayNotDeclare> | null {
  if (system === null) return mayNotDeclare('only whoever runs the control plane freezes every organisation');
  const decision = decideAccess(caller, 'gates:manage', ORGANISATION);
  return decision.allowed ? null : mayNotDeclare(decision.reason);
}
