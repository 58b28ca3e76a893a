import { type ComponentType, lazy, type LazyExoticComponent } from 'react';
import type { IconName } from '../parts/icon.tsx';
import type { RouteWords } from './match-route.ts';

/** What every page is given: the words of its address. */
export interface PageProps {
  readonly words: RouteWords;
}

/** One page: its address, and where it stands in the list beside it. */
export interface Route {
  readonly pattern: string;
  readonly page: LazyExoticComponent<ComponentType<PageProps>>;
  /** Pages without are reached from others. */
  readonly nav?: { readonly label: string; readonly icon: IconName; readonly key: string };
}

/** Loads a page by the name of its component when somebody first goes there. */
function page<Name extends string>(load: () => Promise<Record<Name, ComponentType<PageProps>>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}

/** Every page of the dashboard; a new one is one folder and one entry here. */
export const ROUTES: readonly Route[] = [
  {
    pattern: '/',
    page: page(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage'),
    nav: { label: 'Overview', icon: 'board', key: 'o' },
  },
  {
    pattern: '/rollouts',
    page: page(() => import('../pages/rollout/rollouts-page.tsx'), 'RolloutsPage'),
    nav: { label: 'Rollouts', icon: 'moving', key: 'r' },
  },
  {
    pattern: '/rollouts/:rollout',
    page: page(() => import('../pages/rollout/rollout-page.tsx'), 'RolloutPage'),
  },
  {
    pattern: '/applications/:application',
    page: page(() => import('../pages/application/application-page.tsx'), 'ApplicationPage'),
  },
  {
    pattern: '/applications/:application/:environment/:component',
    page: page(() => import('../pages/application/track-page.tsx'), 'TrackPage'),
  },
  {
    pattern: '/targets',
    page: page(() => import('../pages/targets/targets-page.tsx'), 'TargetsPage'),
    nav: { label: 'Targets', icon: 'host', key: 't' },
  },
  {
    pattern: '/targets/:application/:environment/:component/:revision/:instance',
    page: page(() => import('../pages/targets/instance-page.tsx'), 'InstancePage'),
  },
  {
    pattern: '/agents',
    page: page(() => import('../pages/agents/agents-page.tsx'), 'AgentsPage'),
    nav: { label: 'Agents', icon: 'agents', key: 'a' },
  },
  {
    pattern: '/agents/:application/:environment/:component',
    page: page(() => import('../pages/agents/tasks-page.tsx'), 'TasksPage'),
  },
  {
    pattern: '/tasks/:task',
    page: page(() => import('../pages/agents/task-page.tsx'), 'TaskPage'),
  },
  {
    pattern: '/audit',
    page: page(() => import('../pages/audit/audit-page.tsx'), 'AuditPage'),
    nav: { label: 'Audit', icon: 'audit', key: 'u' },
  },
  {
    pattern: '/audit/:sequence',
    page: page(() => import('../pages/audit/entry-page.tsx'), 'EntryPage'),
  },
  {
    pattern: '/settings',
    page: page(() => import('../pages/settings/settings-page.tsx'), 'SettingsPage'),
    nav: { label: 'Settings', icon: 'settings', key: 's' },
  },
  {
    pattern: '/settings/:part',
    page: page(() => import('../pages/settings/settings-page.tsx'), 'SettingsPage'),
  },
  {
    pattern: '/settings/:part/:name',
    page: page(() => import('../pages/settings/settings-page.tsx'), 'SettingsPage'),
  },
];
