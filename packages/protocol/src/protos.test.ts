import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(PACKAGE, '../../node_modules/.bin');
const BUF = join(BIN, 'buf');
const run = promisify(execFile);
const folders: string[] = [];

/** Plugins are found by their names, as they are when somebody generates. */
const buf = (...call: readonly string[]): Promise<unknown> =>
  run(BUF, call, {
    cwd: PACKAGE,
    env: { ...process.env, PATH: [BIN, dirname(process.execPath), process.env['PATH']].join(delimiter) },
  });
const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'protos-'));
  folders.push(folder);
  return folder;
};
const filesIn = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]),
  );

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

// The binary of buf is there for few platforms; without it there is nothing that could judge.
describe.skipIf(!existsSync(BUF))('the protos', () => {
  it('keep the rules of buf', async () => {
    await expect(buf('lint')).resolves.toBeDefined();
  });

  it('are what the code that lies beside them was generated from', async () => {
    const folder = temporary();
    await buf('generate', '--output', folder);
    expect(filesIn(join(folder, 'src/generated'))).toEqual(filesIn(join(PACKAGE, 'src/generated')));
  });

  it('break nobody who was built with those of the last release', async () => {
    await expect(breaking(temporary())).resolves.toBeDefined();
  });

  it('would be told from such that do', async () => {
    const folder = temporary();
    const call = breaking(folder, (text) => text.replace('bool is_counted = 3;', 'bool is_counted = 4;'));
    await expect(call).rejects.toMatchObject({ stdout: expect.stringContaining('is_counted') });
  });
});

/** Compares away from the package, whose settings know of one folder of protos only. */
function breaking(folder: string, change = (text: string) => text): Promise<unknown> {
  const [now, released] = [join(folder, 'now'), join(folder, 'released')];
  cpSync(join(PACKAGE, 'proto/sluice'), join(now, 'sluice'), { recursive: true });
  cpSync(join(PACKAGE, 'released'), released, { recursive: true });
  const file = join(now, 'sluice/agents/v1/workers.proto');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return run(BUF, ['breaking', now, '--against', released], { cwd: folder });
}
