import type { Caller } from '@sluice/core/access/caller.ts';
import { describeScope } from '@sluice/core/gates/gate-scope.ts';
import { isTimeZone, parseTimes } from '@sluice/core/gates/time-window.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { WindowRequest, WindowView } from '@sluice/protocol/http/gate-rules.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { Database } from '../store/database/open-database.ts';
import { changeDeclared } from '../store/gates/change-declared.ts';
import { MOST_DECLARED } from '../store/gates/gate-columns.ts';
import { listWindows, putWindow, removeWindow } from '../store/gates/release-windows.ts';
import { pageOf } from '../store/paging/page-of.ts';
import { wholeScope, windowView } from './declared-views.ts';
import { refusedAt, scopeWithin, seenBy } from './declaring-within.ts';
import { noSuchTimes, noSuchZone, tooMany, unknownWindow } from './gate-refusals.ts';

/** What people do to windows. */
export interface DeclaredWindows {
  /** Windows where the caller sees gates. */
  windows(caller: Caller, page: PageRequest): Promise<Page<WindowView>>;
  putWindow(caller: Caller, name: string, request: WindowRequest): Promise<Result<WindowView, Problem>>;
  removeWindow(caller: Caller, name: string): Promise<Result<WindowView, Problem>>;
}

interface Store {
  readonly db: Database;
  readonly tenant: string;
  readonly now: () => Instant;
}

/** Windows in PostgreSQL. */
export const declaredWindows = (db: Database, tenant: string, now: () => Instant): DeclaredWindows => ({
  windows: async (caller, { cursor, limit }) => {
    const after = cursor === null ? {} : { after: cursor };
    const read = (most: number) => listWindows(db, tenant, { ...after, limit: most });
    const page = await pageOf(limit, read, { item: windowView, cursor: ({ name }) => name });
    return seenBy(db, tenant, caller, page);
  },
  putWindow: (caller, name, request) => declare({ db, tenant, now }, caller, { name, request }),
  removeWindow: async (caller, name) => {
    const entry = { at: now(), actor: caller.subject, action: 'windowRemoved', subject: name, detail: {} };
    const removed = await changeDeclared(
      db,
      tenant,
      { table: 'release_windows', name },
      async (transaction, present) =>
        (await refusedAt(transaction, tenant, caller, present)) ??
        ok(await removeWindow(transaction, tenant, name, entry)),
    );
    if (!removed.ok) return removed;
    return removed.value ? ok(windowView(removed.value)) : unknownWindow(name);
  },
});

async function declare(
  { db, tenant, now }: Store,
  caller: Caller,
  { name, request }: { readonly name: string; readonly request: WindowRequest },
): Promise<Result<WindowView, Problem>> {
  const { effect, zone, underWay } = request;
  const times = parseTimes(request.times);
  if (times === undefined) return noSuchTimes(request.times);
  if (!isTimeZone(zone)) return noSuchZone(zone);
  const present = await listWindows(db, tenant);
  if (present.length >= MOST_DECLARED && present.every((window) => window.name !== name))
    return tooMany('windows');
  const within = await scopeWithin(db, tenant, caller, wholeScope(request.scope));
  if (!within.ok) return within;
  const scope = within.value;
  const { subject: declaredBy } = caller;
  const row = { name, ...scope, effect, ...times, zone, underWay, declaredBy };
  const words = `${effect} ${request.times} ${zone} for ${describeScope(scope)}`;
  const entry = {
    ...{ at: now(), actor: declaredBy, action: 'windowDeclared', subject: name },
    detail: { words, underWay },
  };
  return changeDeclared(
    db,
    tenant,
    { table: 'release_windows', name },
    async (transaction, earlier) =>
      (await refusedAt(transaction, tenant, caller, earlier)) ??
      ok(windowView(await putWindow(transaction, tenant, row, entry))),
  );
}
