import { decideAccess, ORGANISATION } from '@sluice/core/access/decide-access.ts';
import { PAYLOAD_ID } from '@sluice/core/tasks/payload-reference.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { FastifyRequest } from 'fastify';
import type { AccessGuard } from '../../access/access-guard.ts';
import { isTaskId } from '../../tasks/task-id.ts';
import { notItsWork } from './refused-access.ts';

/** What a worker works on, and how it names it; an addressee is a task that it gives something to. */
export interface ServedThing {
  readonly kind: 'track' | 'task' | 'payload' | 'addressee';
  readonly id: string;
}

/**
 * Why a caller may not do the work of something, as workers do: a worker of a track serves that track alone, everybody else
 * where they have a role for it. It gives to whom it may name as an agent as well. What is not there is said by the service.
 */
export async function refusedWork(
  guard: AccessGuard,
  { caller, mayNot }: Pick<FastifyRequest, 'caller' | 'mayNot'>,
  named: ServedThing,
): Promise<Problem | undefined> {
  const isAnybodys = caller.track === undefined && decideAccess(caller, 'agents:work', ORGANISATION).allowed;
  if (isAnybodys) return undefined;
  const tracks = await tracksOf(guard, caller, named);
  let refused: Problem | undefined;
  for (const track of tracks) {
    refused = await (caller.track === undefined || named.kind === 'addressee'
      ? mayNot('agents:work', track)
      : notOfIts(caller.track, track, named));
    // A payload that several tasks use is there for the workers of each.
    if (refused === undefined) return undefined;
  }
  return refused;
}

async function tracksOf(
  guard: AccessGuard,
  caller: FastifyRequest['caller'],
  { kind, id }: ServedThing,
): Promise<readonly string[]> {
  if (kind === 'track') return [id];
  const isName = kind === 'payload' ? PAYLOAD_ID.test(id) : isTaskId(id);
  return isName ? guard.tracksOf(caller, kind === 'addressee' ? 'task' : kind, id) : [];
}

const notOfIts = (own: string, track: string, { kind, id }: ServedThing): Problem | undefined =>
  own === track ? undefined : notItsWork(own, (kind === 'track' ? id : `the ${kind} ${id}`).slice(0, 200));
