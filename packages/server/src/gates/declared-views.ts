import type { Freeze } from '@sluice/core/gates/freeze.ts';
import { describeReach, describeSpan } from '@sluice/core/gates/freeze.ts';
import { describeScope, type GateScope } from '@sluice/core/gates/gate-scope.ts';
import { formatTimes, type TimeWindow } from '@sluice/core/gates/time-window.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { FreezeView, WindowView } from '@sluice/protocol/http/gate-rules.ts';
import type { FreezeRow } from '../store/gates/freezes.ts';
import type { ScopeColumns } from '../store/gates/gate-columns.ts';
import type { WindowRow } from '../store/gates/release-windows.ts';

/** Where a row holds. */
export const scopeOf = ({ project, application, environment, component }: ScopeColumns): GateScope => ({
  project,
  application,
  environment,
  component,
});

/** A freeze as decisions know it. */
export const freezeOf = (row: FreezeRow): Freeze => ({
  name: row.name,
  scope: scopeOf(row),
  reason: row.reason,
  from: row.beginsAt,
  until: row.endsAt,
  by: row.declaredBy,
  holds: row.holds,
  isSystemWide: row.system,
});

/** A window as decisions know it. */
export const windowOf = ({
  name,
  effect,
  days,
  fromMinute,
  toMinute,
  zone,
  underWay,
}: WindowRow): TimeWindow => ({
  ...{ name, effect, days, fromMinute, toMinute, zone, underWay },
});

/** A freeze for people and scripts. */
export const freezeView = (row: FreezeRow, now: Instant): FreezeView => ({
  name: row.name,
  scope: wireScope(row),
  system: row.system,
  words: `${describeReach(freezeOf(row))}, ${describeSpan(freezeOf(row))}`,
  reason: row.reason,
  from: row.beginsAt,
  until: row.endsAt,
  holds: row.holds,
  inForce: row.beginsAt <= now,
  declaredBy: row.declaredBy,
  declaredAt: row.declaredAt,
});

/** A window for people and scripts. */
export const windowView = (row: WindowRow): WindowView => ({
  name: row.name,
  effect: row.effect,
  times: formatTimes(row),
  zone: row.zone,
  scope: wireScope(row),
  underWay: row.underWay,
  words: describeScope(scopeOf(row)),
  declaredBy: row.declaredBy,
  declaredAt: row.declaredAt,
});

/** A scope on the wire, where what is left out means everywhere. */
export const wireScope = (row: ScopeColumns): FreezeView['scope'] =>
  Object.fromEntries(Object.entries(scopeOf(row)).filter(([, name]) => name !== null));

/** A scope as it was asked for. */
export const wholeScope = ({
  project,
  application,
  environment,
  component,
}: FreezeView['scope']): GateScope => ({
  project: project ?? null,
  application: application ?? null,
  environment: environment ?? null,
  component: component ?? null,
});
