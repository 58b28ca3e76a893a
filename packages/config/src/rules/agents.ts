import type { Fault } from '../diagnostics/diagnostic.ts';
import { decided, type PlacedComponent } from '../resolve/placed-component.ts';
import type { EnvironmentRule, PairRule } from './rule.ts';

/** Whether a component is one of agents. */
export const isOfAgents = (component: PlacedComponent): boolean =>
  decided(component, 'kind')?.value === 'agents';

/** What only requests have. */
const OF_REQUESTS = ['route', 'user', 'protocol', 'timeout', 'max-body', 'port'] as const;

/** Keys that mean nothing for what a component is. */
export const keysSuitKind: EnvironmentRule = (components) =>
  components.flatMap((component): readonly Fault[] => {
    if (isOfAgents(component)) return keysOfRequests(component);
    const agents = decided(component, 'agents');
    if (!agents) return [];
    const says = `component ${component.name} is a service; write "kind: agents" beside it, or leave it away`;
    return [{ path: agents.path, at: 'key', says }];
  });

/** Keys that a component has from the defaults of all components are meant for the others. */
function keysOfRequests(component: PlacedComponent): readonly Fault[] {
  return OF_REQUESTS.flatMap((key): readonly Fault[] => {
    const found = decided(component, key);
    if (!found || found.path[0] === 'defaults') return [];
    const says = `agents get tasks and no requests, so that ${key} means nothing for component ${component.name}; leave it away`;
    return [{ path: found.path, at: 'key', says }];
  });
}

/** Strategies that need what only a router of requests has. */
export const strategySuitsAgents: PairRule = (component, strategy) => {
  if (!isOfAgents(component) || strategy.kind !== 'ab') return [];
  const says = `the strategy ${strategy.kind} splits requests by users, and component ${component.name} is of agents; use canary, rolling, blue-green, immutable or shadow`;
  return [{ path: component.path, at: 'key', says }];
};
