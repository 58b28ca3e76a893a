import type { PolicyView } from '@sluice/protocol/http/policies.ts';
import { Mark } from '../../../parts/mark.tsx';

/** What becomes of a release that breaks a policy. */
export type PolicyAction = PolicyView['actions'][number];

const LOOKS = {
  deny: { tone: 'bad', icon: 'lock', words: 'refuses' },
  warn: { tone: 'warn', icon: 'warn', words: 'warns' },
  audit: { tone: 'idle', icon: 'audit', words: 'is written down' },
} as const;

/** What becomes of a release that breaks a policy, in a word each. */
export const ActionMark = ({ actions }: { readonly actions: readonly PolicyAction[] }) => (
  <span className="row">
    {actions.map((action) => {
      const { tone, icon, words } = LOOKS[action];
      return (
        <Mark key={action} tone={tone} icon={icon} form="pill">
          {words}
        </Mark>
      );
    })}
  </span>
);

/** The actions that can be chosen, in words. */
export const ACTION_CHOICES: readonly (readonly [PolicyAction, string])[] = [
  ['deny', 'Refuse the release'],
  ['warn', 'Warn whoever asked, and let it go out'],
  ['audit', 'Write it down, and say nothing'],
];
