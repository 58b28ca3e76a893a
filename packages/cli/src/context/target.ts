import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { type Outcome, refusal, refusedByApi } from '../refused.ts';
import { isAgentId } from './agent-id.ts';
import { applicationNameNearby } from './application-name.ts';
import { readAll } from './read-all.ts';

/** Which tracks a command means: any of the three names may be left open. */
export interface TargetOptions {
  readonly application?: string;
  readonly env?: string;
  readonly component?: string;
}

/** Tracks that are looked at to find the one that is meant. */
const CANDIDATES_LIMIT = 200;

/** Adds the ways to say which track is meant. */
export function withTarget(command: Command): Command {
  return command
    .argument('[target]', 'application[/environment[/component]]; default: the only one there is')
    .option('-a, --application <name>', 'name of the application')
    .option('-e, --env <name>', 'name of the environment')
    .option('-c, --component <name>', 'name of the component');
}

interface Wanted {
  readonly application: string | undefined;
  readonly environment: string | undefined;
  readonly component: string | undefined;
}

/** All tracks that fit what was said; of a sluice.yaml in the working folder when no application was named. */
export async function findTracks(
  context: CommandContext,
  target: string | undefined,
  options: TargetOptions,
): Promise<Outcome<readonly TrackView[]>> {
  const wanted = wantedBy(target, options);
  if (!wanted.ok) return wanted;
  const api = await context.api();
  const { application, environment, component } = wanted.value;
  const found = await readTracks(api, { application, environment });
  if (!found.ok) return found;
  const fitting = found.value.filter((track) => component === undefined || track.component === component);
  if (fitting.length === 0 && isNamed(wanted.value)) return noSuchTrack(named(wanted.value));
  if (application !== undefined) return { ok: true, value: fitting };
  const nearby = await applicationNameNearby(context.world.workingDirectory);
  const own = fitting.filter((track) => track.application === nearby);
  return { ok: true, value: own.length > 0 ? own : fitting };
}

/** The one track that is meant; several or none are refused with what there is. */
export async function findTrack(
  context: CommandContext,
  target: string | undefined,
  options: TargetOptions,
): Promise<Outcome<TrackView>> {
  const found = await findTracks(context, target, options);
  if (!found.ok) return found;
  const [only, second] = found.value;
  if (only === undefined) return noSuchTrack(target);
  return second === undefined ? { ok: true, value: only } : ambiguous(found.value);
}

/** As `findTrack`, for tasks: the id of an agent that somebody has registered may be named in full as well. */
export async function findTaskTrack(
  context: CommandContext,
  target: string | undefined,
  options: TargetOptions,
): Promise<Outcome<Pick<TrackView, 'id'>>> {
  const found = await findTrack(context, target, options);
  if (found.ok || target === undefined || !isAgentId(target)) return found;
  const registered = await readAll(context, (api, page) => api.registeredAgents(page));
  const known = registered.ok && registered.value.some(({ id }) => id === target);
  return known ? { ok: true, value: { id: target } } : found;
}

const isNamed = ({ application, environment, component }: Wanted): boolean =>
  [application, environment, component].some((name) => name !== undefined);

const named = ({ application, environment, component }: Wanted): string =>
  [application ?? '*', environment ?? '*', component ?? '*'].join('/').replace(/(\/\*)+$/, '');

function wantedBy(target: string | undefined, options: TargetOptions): Outcome<Wanted> {
  const parts = target?.split('/') ?? [];
  if (parts.length > 3 || parts.includes('')) {
    return refusal(EXIT.refusedInput, 'invalid-target', {
      detail: `"${target}" is not application[/environment[/component]].`,
      remedy: 'Write for example shop/production/web.',
    });
  }
  return {
    ok: true,
    value: {
      application: options.application ?? parts[0],
      environment: options.env ?? parts[1],
      component: options.component ?? parts[2],
    },
  };
}

async function readTracks(
  api: ApiClient,
  filter: { application: string | undefined; environment: string | undefined },
): Promise<Outcome<readonly TrackView[]>> {
  const reply = await api.tracks({ ...filter, limit: CANDIDATES_LIMIT });
  if (reply.ok) return { ok: true, value: reply.value.items };
  return { ok: false, refused: refusedByApi(reply.failure, api.baseUrl) };
}

const noSuchTrack = (target: string | undefined) =>
  refusal(EXIT.refusedByState, 'no-such-track', {
    detail: target === undefined ? 'Nothing has been released yet.' : `Nothing is known of ${target}.`,
    remedy: '`sluice status` lists what there is; `sluice deploy -f sluice.yaml` makes the first release.',
  });

const ambiguous = (tracks: readonly TrackView[]) =>
  refusal(EXIT.refusedInput, 'ambiguous-target', {
    detail: `It is not clear which one is meant: ${tracks.map(({ id }) => id).join(', ')}.`,
    remedy: 'Name one of them.',
  });
