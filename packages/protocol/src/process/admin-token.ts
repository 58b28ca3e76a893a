import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a control plane writes the token of the role admin that it makes at its first start. */
export const adminTokenFile = (directory: string): string => join(directory, 'admin-token');

/** That token; undefined when there is none, or one may not read it. */
export async function readAdminToken(directory: string): Promise<string | undefined> {
  const text = await readFile(adminTokenFile(directory), 'utf8').catch(() => '');
  return text.trim() || undefined;
}
