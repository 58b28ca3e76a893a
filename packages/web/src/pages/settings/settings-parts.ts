import { type ComponentType, lazy, type LazyExoticComponent } from 'react';

/** A part of the settings: the last word of its address, its name, and what shows it. */
export interface SettingsPart {
  readonly slug: string;
  readonly label: string;
  readonly panel: LazyExoticComponent<ComponentType<PartProps>>;
}

/** What every part is given. */
export interface PartProps {
  /** What of the part is meant, `/settings/policies/NAME`; undefined: all of it. */
  readonly name: string | undefined;
}

/** Parts that belong together. */
export interface SettingsGroup {
  readonly label: string;
  readonly parts: readonly SettingsPart[];
}

/** A part that is loaded when somebody first goes there. */
function part<Name extends string>(
  slug: string,
  label: string,
  load: () => Promise<Record<Name, ComponentType<PartProps>>>,
  name: Name,
): SettingsPart {
  return { slug, label, panel: lazy(async () => ({ default: (await load())[name] })) };
}

/** Every part of the settings; a new one is one panel and one entry here. */
export const SETTINGS_GROUPS: readonly SettingsGroup[] = [
  {
    label: 'Access',
    parts: [
      part('you', 'You', () => import('./you-panel.tsx'), 'YouPanel'),
      part('members', 'Members', () => import('./members-panel.tsx'), 'MembersPanel'),
      part('roles', 'Roles', () => import('./roles-panel.tsx'), 'RolesPanel'),
      part('tokens', 'Tokens', () => import('./tokens-panel.tsx'), 'TokensPanel'),
      part('trusts', 'CI identities', () => import('./trusts-panel.tsx'), 'TrustsPanel'),
      part('secrets', 'Secrets', () => import('./secrets-panel.tsx'), 'SecretsPanel'),
    ],
  },
  {
    label: 'Organisation',
    parts: [
      part('projects', 'Projects', () => import('./projects-panel.tsx'), 'ProjectsPanel'),
      part('organisations', 'Organisations', () => import('./organisations-panel.tsx'), 'OrganisationsPanel'),
    ],
  },
  {
    label: 'Releases',
    parts: [
      part('freezes', 'Freezes', () => import('./gates/freezes-panel.tsx'), 'FreezesPanel'),
      part('windows', 'Windows', () => import('./gates/windows-panel.tsx'), 'WindowsPanel'),
      part('approvals', 'Approvals', () => import('./gates/approvals-panel.tsx'), 'ApprovalsPanel'),
      part('policies', 'Policies', () => import('./policies/policies-panel.tsx'), 'PoliciesPanel'),
    ],
  },
  {
    label: 'Messages',
    parts: [
      part('channels', 'Channels', () => import('./channels/channels-panel.tsx'), 'ChannelsPanel'),
      part(
        'subscriptions',
        'Subscriptions',
        () => import('./channels/subscriptions-panel.tsx'),
        'SubscriptionsPanel',
      ),
      part('deliveries', 'Deliveries', () => import('./channels/deliveries-panel.tsx'), 'DeliveriesPanel'),
    ],
  },
];

/** Where a part is shown, or one thing of it. */
export const settingsAddress = (slug: string, name?: string): string =>
  `${slug === 'you' ? '/settings' : `/settings/${slug}`}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
