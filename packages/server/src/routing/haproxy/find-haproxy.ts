import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** A HAProxy program that can be used. */
export interface HaproxyProgram {
  readonly path: string;
  readonly version: string;
  /** Built with Lua, which the rules for matches and sticky keys are written in. */
  readonly lua: boolean;
}

/** Where it is installed; a plain user's PATH often lacks the folders of system programs. */
const PLACES = ['haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'];
/** 2.6 is the first that adds and deletes servers of any backend at run time without an experimental switch. */
const OLDEST = [2, 6] as const;

/**
 * Finds HAProxy, or looks at the one that is named.
 * @throws SluiceError `not-found`, or `unsupported` when it is too old
 */
export async function findHaproxy(named?: string): Promise<HaproxyProgram> {
  const places = named === undefined ? PLACES : [named];
  for (const path of places) {
    const shown = await promisify(execFile)(path, ['-vv']).catch(() => undefined);
    if (shown !== undefined) return programOf(path, shown.stdout);
  }
  throw new SluiceError(
    'not-found',
    `HAProxy could not be started (${places.join(', ')}); install the package haproxy, or name its program.`,
    { next: 'ask-human' },
  );
}

function programOf(path: string, description: string): HaproxyProgram {
  const version = /^HA-?Proxy version (\d+\.\d+[\w.-]*)/m.exec(description)?.[1] ?? 'of unknown age';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new SluiceError(
      'unsupported',
      `${path} is HAProxy ${version}; splits need ${OLDEST.join('.')} or newer.`,
      { next: 'ask-human' },
    );
  return { path, version, lua: /\+LUA\b/.test(description) };
}
