import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

const TOKEN = `slu_0123456789abcdef_${'a'.repeat(43)}`;
let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

/** A browser that notes what it was started with, and where that led it, twice. */
async function browser(): Promise<{ readonly path: string; readonly seen: () => Promise<string[]> }> {
  const path = join(cli.folder, 'browser.mjs');
  const notes = join(cli.folder, 'notes.json');
  await writeFile(
    path,
    `#!${process.execPath}
    import { writeFileSync } from 'node:fs';
    const asked = () => fetch(process.argv[2], { redirect: 'manual' });
    const wrong = await fetch(new URL('/', process.argv[2]));
    const first = asked();
    const seen = [process.argv[2], String(wrong.status), (await first).headers.get('location')];
    const second = await asked().then(({ status }) => String(status), () => 'closed');
    writeFileSync(${JSON.stringify(notes)}, JSON.stringify([...seen, second]));`,
  );
  await chmod(path, 0o700);
  return {
    path,
    seen: () =>
      expect
        .poll(() => readFile(notes, 'utf8').catch(() => ''))
        .not.toBe('')
        .then(async () => JSON.parse(await readFile(notes, 'utf8')) as string[]),
  };
}

describe('the dashboard', () => {
  test('is opened signed in, and the token stands in no command line', async () => {
    const { path, seen } = await browser();
    const { code, stdout, stderr } = await cli.run('dashboard /rollouts?q=web', {
      environment: { BROWSER: path, SLUICE_TOKEN: TOKEN },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Opened ${cli.url}/rollouts?q=web`);
    expect(stdout).not.toContain(TOKEN);
    const [started, wrong, link, again] = await seen();
    expect(started).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/);
    expect(wrong).toBe('404');
    expect(link).toBe(`${cli.url}/rollouts?q=web#token=${TOKEN}`);
    expect(again).toMatch(/404|closed/);
  });

  test('is a link where that is wanted', async () => {
    const { code, stdout } = await cli.run('dashboard --print', { environment: { SLUICE_TOKEN: TOKEN } });
    expect(code).toBe(0);
    expect(stdout).toBe(`${cli.url}/#token=${TOKEN}\n`);
    const { document } = await cli.json('dashboard', { environment: { SLUICE_TOKEN: TOKEN } });
    expect(document).toMatchObject({ link: `${cli.url}/#token=${TOKEN}`, address: `${cli.url}/` });
  });

  test('of a control plane of another machine is opened with what `login` was given for it', async () => {
    await cli.run('login --token', { input: TOKEN, environment: { XDG_CONFIG_HOME: cli.folder } });
    const { stdout } = await cli.run(`dashboard --print --api ${cli.url}`, {
      environment: { XDG_CONFIG_HOME: cli.folder },
    });
    expect(stdout).toBe(`${cli.url}/#token=${TOKEN}\n`);
  });

  test('is not shown by a browser that is not there, and the refusal says what to do', async () => {
    const { code, stderr } = await cli.run('dashboard', {
      environment: { BROWSER: join(cli.folder, 'no-such') },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('No browser of this machine has opened');
    expect(stderr).toContain('sluice dashboard --print');
  });

  test('is not opened where nobody answers', async () => {
    await cli.closeApi();
    const { code, stderr } = await cli.run('dashboard --print');
    expect(code).toBe(5);
    expect(stderr).toContain('does not answer');
  });

  test.each(['rollouts', '//evil.example', '/a#b', '/\\evil.example'])(
    'has no page %s, and nothing is opened',
    async (page) => {
      const { code, stderr } = await cli.run(`dashboard ${page} --print`);
      expect(code).toBe(2);
      expect(stderr).toContain('is no page of the dashboard');
    },
  );
});
