import { type ComponentType, useEffect } from 'react';
import { Tabs } from '../../parts/tabs.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import { MembersPanel } from './members-panel.tsx';
import { RolesPanel } from './roles-panel.tsx';
import './settings.css';
import { TokensPanel } from './tokens-panel.tsx';
import { YouPanel } from './you-panel.tsx';

const PARTS: Readonly<Record<string, ComponentType>> = {
  You: YouPanel,
  Members: MembersPanel,
  Roles: RolesPanel,
  Tokens: TokensPanel,
};

/** Who may do what, and what else is said once for all releases. */
export function SettingsPage() {
  const [part, setPart] = useQueryWord('part');
  const names = Object.keys(PARTS);
  const chosen = names.find((name) => name.toLowerCase() === part) ?? 'You';
  const Part = PARTS[chosen] ?? YouPanel;
  useEffect(() => {
    document.title = `${chosen} · Settings · Sluice`;
  }, [chosen]);
  return (
    <div>
      <div className="page-head">
        <div>
          <h1>Settings</h1>
        </div>
      </div>
      <Tabs
        label="Settings"
        names={names}
        chosen={chosen}
        choose={(name) => setPart(name === 'You' ? '' : name.toLowerCase())}
      >
        <div className="settings-part">
          <Part />
        </div>
      </Tabs>
    </div>
  );
}
