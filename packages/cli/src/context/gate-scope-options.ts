import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import type { Command } from 'commander';

/** Where something that is declared for many releases holds. */
export interface ScopeOptions {
  readonly project?: string;
  readonly application?: string;
  readonly env?: string;
  readonly component?: string;
}

/** Adds the ways to say where something holds. */
export const withScope = (command: Command): Command =>
  command
    .option('-p, --project <name>', 'only in this project (default: everywhere)')
    .option('-a, --application <name>', 'only this application')
    .option('-e, --env <name>', 'only in this environment')
    .option('-c, --component <name>', 'only this component');

/** Where something holds, for a request. */
export const scopeOf = ({ project, application, env, component }: ScopeOptions): FreezeView['scope'] => ({
  ...(project !== undefined && { project }),
  ...(application !== undefined && { application }),
  ...(env !== undefined && { environment: env }),
  ...(component !== undefined && { component }),
});
