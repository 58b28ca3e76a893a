import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { RevisionRun } from '@sluice/protocol/host/host-schema.ts';
import { isReservedName, resolveSecrets } from './environment.ts';
import type { HostResources } from './host-resources.ts';
import { admitSandbox } from './instance-sandbox.ts';

/**
 * Whether a revision can be started as ordered: its folder is there, its variables can be set, its secrets have
 * values now, and its sandbox can be made here. Secrets are read again at every start; here only their absence is noticed early.
 */
export async function admitRun(
  run: RevisionRun,
  { environment, paths, sandboxes }: Pick<HostResources, 'environment' | 'paths' | 'sandboxes'>,
): Promise<Result<undefined>> {
  const text = textFault(run);
  if (text !== undefined)
    return refuse('run-invalid', `The revision cannot be run: ${text}.`, 'Correct the order.');
  const reserved = Object.keys({ ...run.env, ...run.secrets }).find(isReservedName);
  if (reserved !== undefined)
    return refuse(
      'name-reserved',
      `The environment sets ${reserved}, which the host sets for every instance.`,
      `Remove ${reserved}; the program finds the port to listen on in PORT.`,
    );
  if (!(await isFolder(run.directory)))
    return refuse(
      'directory-missing',
      `The revision's folder ${run.directory} does not exist on this host.`,
      'Copy the revision to the host before ordering it.',
    );
  const secrets = await resolveSecrets(run.secrets, environment);
  return secrets.ok ? admitSandbox(run, sandboxes, paths.directory) : secrets;
}

/** A revision is immutable: what makes it what it is may not change under the same name. */
export function refuseChange(before: RevisionRun, after: RevisionRun): Result<undefined> {
  const changed = (['run', 'directory', 'env', 'secrets', 'sandbox'] as const).find(
    (part) => canonicalJson(before[part] ?? null) !== canonicalJson(after[part] ?? null),
  );
  if (changed === undefined) return ok(undefined);
  return refuse(
    'revision-immutable',
    `The order changes '${changed}' of a revision that this host already runs.`,
    'Give changed content a revision id of its own.',
  );
}

function textFault({ run, directory, env, secrets, health }: RevisionRun): string | undefined {
  if (run.trim() === '' || run.includes('\0')) return 'its command is empty or holds a zero byte';
  if (!isAbsolute(directory) || directory.includes('\0')) return 'its folder is not an absolute path';
  const bad = Object.keys({ ...env, ...secrets }).find((name) => !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name));
  if (bad !== undefined) return `${JSON.stringify(bad)} is not a name for an environment variable`;
  const zero = Object.entries(env).find(([, value]) => value.includes('\0'));
  if (zero !== undefined) return `the variable ${zero[0]} holds a zero byte`;
  // The characters that a request line may hold; a space or a line break would change the request.
  if (health.path !== null && !/^\/[\x21-\x7e]*$/.test(health.path))
    return 'its health path is not a URL path';
  return undefined;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
