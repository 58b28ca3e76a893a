import './zod-without-code.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './design/tokens.css';
import './design/base.css';
import './design/shell.css';
import './design/parts.css';
import { applyTheme, chosenTheme } from './design/theme.ts';
import { App } from './app.tsx';

applyTheme(chosenTheme());

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
