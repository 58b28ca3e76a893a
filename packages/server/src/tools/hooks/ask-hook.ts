import { type Dispatcher, request } from 'undici';
import type { HookAnswer } from '@sluice/core/tasks/hook-answer.ts';
import type { HookSpec } from '@sluice/core/tasks/hook-spec.ts';
import { runHookCommand } from './run-hook-command.ts';

/** Where the commands of a revision run. */
export interface HookPlace {
  readonly directory: string | null;
  readonly variables: Readonly<Record<string, string>>;
}

/** Of what a hook answers, in bytes; longer is none. */
export const MOST_HOOK_BYTES = 64 * 1024;
const TOLD = 300;

/** Asks a hook about an occasion; never rejects. The address or command comes from the file alone, the occasion is data. */
export type AskHook = (
  hook: HookSpec,
  occasion: unknown,
  place: HookPlace,
  closing: AbortSignal,
) => Promise<HookAnswer>;

/** Asks hooks over HTTP on the connections that are given. */
export const hookAsker =
  (dispatcher: Dispatcher): AskHook =>
  (...asked) =>
    askHook(dispatcher, ...asked);

async function askHook(
  dispatcher: Dispatcher,
  ...[{ action, timeoutMs }, occasion, place, closing]: Parameters<AskHook>
): Promise<HookAnswer> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
  try {
    return action.kind === 'http'
      ? await overHttp(action.url, occasion, { signal, dispatcher })
      : await byCommand(action.command, occasion, place, signal);
  } catch (thrown) {
    if (closing.aborted) return failed('This server closes.');
    if (signal.aborted) return failed(`It said nothing within ${timeoutMs} ms.`);
    return failed(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

async function overHttp(
  url: string,
  occasion: unknown,
  means: { readonly signal: AbortSignal; readonly dispatcher: Dispatcher },
): Promise<HookAnswer> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const response = await request(url, { method: 'POST', headers, body: JSON.stringify(occasion), ...means });
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response.body as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > MOST_HOOK_BYTES) return failed(`It said more than ${MOST_HOOK_BYTES} bytes.`);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  if (response.statusCode < 200 || response.statusCode >= 300)
    return failed(`It answered with ${response.statusCode}: ${text.slice(0, TOLD)}`);
  return saidIn(text);
}

async function byCommand(
  command: string,
  occasion: unknown,
  { directory, variables }: HookPlace,
  signal: AbortSignal,
): Promise<HookAnswer> {
  if (directory === null) return failed('The revision has no folder to run it in.');
  const end = await runHookCommand(
    { command, directory, variables, input: JSON.stringify(occasion) },
    signal,
  );
  signal.throwIfAborted();
  if (end.isTooLong) return failed('It wrote more than it may.');
  if (end.exitCode === 0) return saidIn(end.output);
  const how = end.exitCode === null ? 'was ended by a signal' : `ended with ${end.exitCode}`;
  return failed(`It ${how}: ${end.errorOutput.trim().slice(-TOLD)}`);
}

function saidIn(text: string): HookAnswer {
  if (text.trim() === '') return { kind: 'said', value: null };
  try {
    return { kind: 'said', value: JSON.parse(text) as unknown };
  } catch {
    return failed('What it said is no JSON.');
  }
}

const failed = (message: string): HookAnswer => ({ kind: 'failed', message });
