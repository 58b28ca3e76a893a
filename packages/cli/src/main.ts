import { useCompileCache } from './machine/use-compile-cache.ts';

// Before anything large is loaded: only what comes after it is kept.
useCompileCache(process.env);
const { runCli } = await import('./run-cli.ts');
const { processWorld } = await import('./world.ts');

process.exitCode = await runCli(process.argv.slice(2), processWorld());
