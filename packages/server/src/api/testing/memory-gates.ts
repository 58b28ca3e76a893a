import { notFound } from '../../rollouts/problems.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import type { ApprovalRuleView, FreezeView, WindowView } from '@sluice/protocol/http/gate-rules.ts';
import type { GateRegistry } from '../../gates/gate-registry.ts';

/** Gates in memory, for tests of the API alone: whatever can be read is taken in. */
export interface MemoryGates extends GateRegistry {
  /** What was voted and broken, in order: `ada approve shop/production/web`. */
  readonly said: readonly string[];
}

const AT = 1_768_478_400_000;

/** Gates of which nobody asks but the API. */
export function memoryGates(): MemoryGates {
  const said: string[] = [];
  const freezes = new Map<string, FreezeView>();
  const windows = new Map<string, WindowView>();
  const rules = new Map<string, ApprovalRuleView>();
  const unknown = (what: string) => notFound(what, 'Look for another.');
  return {
    said,
    errorBudget: async (track) => unknown(`An error budget of ${track}`),
    approvalRules: async (_caller, { limit }) => ({ items: [...rules.values()].slice(0, limit), next: null }),
    putApprovalRule: async ({ subject: by }, name, { scope, selfApproval, expiresMs = 1, approvers }) => {
      const rule: ApprovalRuleView = {
        ...{ name, words: approvers, needed: 1, of: [], scope, selfApproval, expiresMs },
        ...{ declaredBy: by, declaredAt: AT },
      };
      rules.set(name, rule);
      return ok(rule);
    },
    removeApprovalRule: async (_caller, name) => {
      const rule = rules.get(name);
      rules.delete(name);
      return rule ? ok(rule) : unknown(`The rule ${name}`);
    },
    vote: async (track, { subject }, { decision }) => {
      said.push(`${subject} ${decision} ${track}`);
      return ok(null);
    },
    breakGlass: async (track, { by, reason }) => {
      said.push(`${by} breaks the glass for ${track}: ${reason}`);
      return ok(null);
    },
    freezes: async (_caller, { limit }) => ({ items: [...freezes.values()].slice(0, limit), next: null }),
    freeze: async ({ subject: declaredBy }, { name = 'freeze-1', from = AT, until = null, ...request }) => {
      const { scope, reason, holds, system } = request;
      const freeze: FreezeView = {
        ...{ name, scope, reason, from, until, holds, system, words: 'everything', inForce: true },
        ...{ declaredBy, declaredAt: AT },
      };
      freezes.set(name, freeze);
      return ok(freeze);
    },
    lift: async (_caller, name) => {
      const freeze = freezes.get(name);
      freezes.delete(name);
      return freeze ? ok(freeze) : unknown(`The freeze ${name}`);
    },
    windows: async (_caller, { limit }) => ({ items: [...windows.values()].slice(0, limit), next: null }),
    putWindow: async ({ subject: declaredBy }, name, { by: _by, ...request }) => {
      const window: WindowView = { ...request, name, words: 'everything', declaredBy, declaredAt: AT };
      windows.set(name, window);
      return ok(window);
    },
    removeWindow: async (_caller, name) => {
      const window = windows.get(name);
      windows.delete(name);
      return window ? ok(window) : unknown(`The window ${name}`);
    },
  };
}
