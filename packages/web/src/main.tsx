import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import './design/tokens.css';
import './design/base.css';
import './design/shell.css';
import './design/parts.css';
import { applyTheme, chosenTheme } from './design/theme.ts';
import { App } from './app.tsx';

// The policy of this page allows no code made from text, which zod would otherwise try.
z.config({ jitless: true });
applyTheme(chosenTheme());

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
