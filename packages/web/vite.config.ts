import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Names of built files hold a hash of their content, so that browsers may keep them for ever. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    ...{ outDir: 'dist', emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false } },
    rolldownOptions: {
      // What sets zod up comes with it, so that it is there before whatever makes a schema.
      output: { codeSplitting: { groups: [{ name: 'zod', test: /node_modules\/zod\/|zod-without-code/ }] } },
    },
  },
  // `vite` alone serves the dashboard for its developers and passes what is asked of the API on to a control plane.
  server: { proxy: { '/api': 'http://127.0.0.1:7070', '/health': 'http://127.0.0.1:7070' } },
});
