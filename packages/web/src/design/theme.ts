/** How the dashboard is lit: as the system says, or as the viewer chose. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'sluice.theme';

/** The theme that this viewer chose on this machine; `system` until then. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** Lights the page, and remembers the choice. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset['theme'];
    return;
  }
  localStorage.setItem(KEY, theme);
  document.documentElement.dataset['theme'] = theme;
}
