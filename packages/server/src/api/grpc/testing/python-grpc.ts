import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Kept between runs, where nothing is committed. */
const CACHE = fileURLToPath(new URL('../../../../../../node_modules/.cache/python-grpc', import.meta.url));
const INSTALL_TIMEOUT_MS = 90_000;

/** The environment of a Python that has grpcio; or why there is none. */
export type PythonGrpc = { readonly environment: NodeJS.ProcessEnv } | { readonly missing: string };

/** Finds grpcio, or fetches it once; where neither is possible says why. */
export async function pythonGrpc(): Promise<PythonGrpc> {
  for (const environment of [process.env, { ...process.env, PYTHONPATH: CACHE }])
    if (await succeeds(['-c', 'import grpc, grpc_tools'], environment)) return { environment };
  if (!(await succeeds(['-m', 'pip', '--version'], process.env)))
    return { missing: 'python3 with pip is not installed' };
  await mkdir(dirname(CACHE), { recursive: true });
  const folder = await mkdtemp(`${CACHE}-`);
  const fetched = await succeeds(
    ['-m', 'pip', 'install', '--quiet', '--target', join(folder, 'site'), 'grpcio', 'grpcio-tools'],
    process.env,
  );
  // Another run may have been faster; what it put there is as good.
  if (fetched) await rename(join(folder, 'site'), CACHE).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
  const environment = { ...process.env, PYTHONPATH: CACHE };
  return (await succeeds(['-c', 'import grpc, grpc_tools'], environment))
    ? { environment }
    : { missing: 'grpcio is not installed for python3, and could not be fetched' };
}

const succeeds = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> =>
  run('python3', [...args], { env, timeout: INSTALL_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
