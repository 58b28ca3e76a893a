import { useState } from 'react';
import { useLiveState } from '../api/dashboard-api.tsx';
import { useViewer } from '../api/viewer.ts';
import { applyTheme, chosenTheme, type Theme } from '../design/theme.ts';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/mark.tsx';
import { Link } from '../routing/location.tsx';
import { ROUTES } from '../routing/routes.ts';

/** What stands beside every page: where one can go, whether events come, and the light. */
export function Side({ path }: { readonly path: string }) {
  const entries = ROUTES.flatMap(({ pattern, nav }) => (nav ? [{ pattern, ...nav }] : []));
  const isHere = (pattern: string): boolean =>
    pattern === '/' ? path === '/' || path.startsWith('/applications') : path.startsWith(pattern);
  return (
    <header className="side">
      <Link href="/" className="brand" aria-label="Sluice, to the overview">
        <img src="/sluice.svg" alt="" />
        <span>Sluice</span>
      </Link>
      <nav aria-label="Pages">
        <ul>
          {entries.map(({ pattern, label, icon, key }) => (
            <li key={pattern}>
              <Link href={pattern} aria-current={isHere(pattern) ? 'page' : undefined}>
                <Icon name={icon} />
                {label}
                <kbd aria-hidden="true">g {key}</kbd>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="side-foot">
        <LiveMark />
        <Viewer />
        <ThemeSwitch />
      </div>
    </header>
  );
}

function Viewer() {
  const viewer = useViewer();
  return viewer === undefined ? null : (
    <Link href="/settings" className="cut" title={viewer.subject}>
      {viewer.name}
    </Link>
  );
}

function LiveMark() {
  const { name } = useLiveState();
  return (
    <div role="status" className="live">
      {name === 'live' && (
        <Mark tone="good" icon="good">
          Live
        </Mark>
      )}
      {name === 'connecting' && (
        <Mark tone="idle" icon="waiting">
          Connecting
        </Mark>
      )}
      {name === 'lost' && (
        <Mark tone="warn" icon="warn">
          Connection lost
        </Mark>
      )}
    </div>
  );
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'Auto'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function ThemeSwitch() {
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (next: Theme): void => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <div className="theme-switch" role="group" aria-label="Light or dark">
      {THEMES.map(([name, label]) => (
        <button key={name} type="button" aria-pressed={name === theme} onClick={() => choose(name)}>
          {label}
        </button>
      ))}
    </div>
  );
}
