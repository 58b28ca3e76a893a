import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { parse } from 'yaml';
import type { HttpCallerOptions } from '../api/http-caller.ts';

interface KubeconfigFile {
  readonly 'current-context'?: string;
  readonly contexts?: readonly {
    readonly name: string;
    readonly context: { cluster: string; user: string };
  }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: ClusterEntry }[];
  readonly users?: readonly { readonly name: string; readonly user: UserEntry }[];
}

interface ClusterEntry {
  readonly server: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
}

interface UserEntry {
  readonly token?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
}

/**
 * Reads how to reach the cluster of the current context of a kubeconfig file.
 * @throws SluiceError `invalid-input` when the file names a cluster or user that it does not hold
 */
export function callerOptionsOf(file: string): HttpCallerOptions {
  const config = parse(readFileSync(file, 'utf8')) as KubeconfigFile;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined || user === undefined) {
    const message = `${file}: the current context names no cluster and user of the file`;
    throw new SluiceError('invalid-input', message, { next: 'stop' });
  }
  const folder = dirname(file);
  return withoutAbsent({
    server: cluster.server,
    ca: textOf(cluster['certificate-authority-data'], cluster['certificate-authority'], folder),
    token: user.token,
    cert: textOf(user['client-certificate-data'], user['client-certificate'], folder),
    key: textOf(user['client-key-data'], user['client-key'], folder),
  });
}

function textOf(encoded: string | undefined, file: string | undefined, folder: string): string | undefined {
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString();
  return file === undefined ? undefined : readFileSync(resolve(folder, file), 'utf8');
}

function withoutAbsent(
  options: Record<keyof Omit<HttpCallerOptions, 'tokens'>, string | undefined> & { server: string },
): HttpCallerOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { server: options.server, ...Object.fromEntries(given) };
}
