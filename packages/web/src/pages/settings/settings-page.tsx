import { Suspense, useEffect, useId, useState } from 'react';
import { Loading } from '../../parts/states.tsx';
import { Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import { NotFoundPage } from '../not-found/not-found-page.tsx';
import './settings.css';
import { SETTINGS_GROUPS, settingsAddress } from './settings-parts.ts';

const PARTS = SETTINGS_GROUPS.flatMap(({ parts }) => parts);

/** Who may do what, and what else is said once for all releases. */
export function SettingsPage({ words }: PageProps) {
  const slug = words['part'] ?? 'you';
  const part = PARTS.find((one) => one.slug === slug);
  const label = part?.label ?? 'Not found';
  useEffect(() => {
    document.title = `${label} · Settings · Sluice`;
  }, [label]);
  return (
    <div className="settings">
      <div className="settings-side">
        <h1>Settings</h1>
        <PartsNav key={slug} chosen={slug} label={label} />
      </div>
      <div className="settings-part">
        <Suspense fallback={<Loading height={320} what={label} />}>
          {part ? <part.panel name={words['name']} /> : <NotFoundPage path={`/settings/${slug}`} />}
        </Suspense>
      </div>
    </div>
  );
}

/** The parts by groups; on a narrow page behind a button that names the present one. */
function PartsNav({ chosen, label }: { readonly chosen: string; readonly label: string }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  return (
    <nav className="settings-nav" aria-label="Settings">
      <button
        type="button"
        className="button settings-open"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {label} <span className="muted small">{isOpen ? 'Close' : 'All settings'}</span>
      </button>
      <div id={id} className="settings-groups" data-open={isOpen}>
        {SETTINGS_GROUPS.map(({ label, parts }) => (
          <div key={label}>
            <h2>{label}</h2>
            <ul>
              {parts.map((part) => (
                <li key={part.slug}>
                  <Link
                    href={settingsAddress(part.slug)}
                    aria-current={part.slug === chosen ? 'page' : undefined}
                  >
                    {part.label}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}
