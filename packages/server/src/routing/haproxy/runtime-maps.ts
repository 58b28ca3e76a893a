import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { AdminSocket } from './admin-socket.ts';

/** One of HAProxy's maps while it runs. Keys and values are in the letters of `textField` and separators. */
export interface RuntimeMap {
  /** The value that is in force; undefined when there is none. */
  get(key: string): Promise<string | undefined>;
  /** Replaces or adds a value in one step, in force with the next request. */
  put(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  entries(): Promise<readonly (readonly [string, string])[]>;
}

/** A map by the path of its file, as the configuration names it. */
export function runtimeMap(admin: AdminSocket, path: string): RuntimeMap {
  // The name of a map ends at a space unless that is escaped.
  const name = path.replaceAll(/[\\ ;]/g, String.raw`\$&`);
  const order = async (command: string): Promise<void> => {
    const answer = await admin.ask(command);
    if (answer !== '') throw refused(command, answer);
  };
  const get = async (key: string): Promise<string | undefined> => {
    const answer = await admin.ask(`get map ${name} ${key}`);
    if (/, found=no\b/.test(answer)) return undefined;
    const [, found, value] = /, key="([^"]*)", value="([^"]*)"/.exec(answer) ?? [];
    if (found === undefined) throw refused(`get map ${name} ${key}`, answer);
    // A map of prefixes finds the longest one, which is the key itself when it is there.
    return found === key ? value : undefined;
  };
  return {
    get,
    put: async (key, value) => {
      const verb = (await get(key)) === undefined ? 'add' : 'set';
      await order(`${verb} map ${name} ${key} ${value}`);
    },
    remove: (key) => order(`del map ${name} ${key}`),
    entries: async () => {
      const lines = (await admin.ask(`show map ${name}`)).split('\n').filter((line) => line !== '');
      return lines.map((line) => {
        const [, key = '', value = ''] = line.split(' ');
        return [key, value] as const;
      });
    },
  };
}

/** The text of a map's file, one entry a line. */
export const mapText = (entries: Iterable<readonly [string, string]>): string =>
  [...entries].map(([key, value]) => `${key} ${value}\n`).join('');

const refused = (command: string, answer: string): SluiceError =>
  new SluiceError('invalid-reply', `HAProxy refused "${command.slice(0, 100)}": ${answer.slice(0, 300)}`, {
    next: 'retry',
  });
