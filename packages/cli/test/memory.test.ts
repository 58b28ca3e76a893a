import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const AGENT = '--agent storefront/production/web';

describe('sluice memory', () => {
  test('remembers, shows, lists, finds and forgets', async () => {
    await cli.write('tone.json', '{"tone":"friendly"}');
    const set = await cli.run(`memory set tone @tone.json ${AGENT} --for 90d`);
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('tone is remembered') });
    const shown = await cli.run(`memory get tone ${AGENT}`);
    expect(JSON.parse(shown.stdout)).toEqual({ tone: 'friendly' });
    expect((await cli.run(`memory list ${AGENT}`)).stdout).toContain('{"tone":"friendly"}');
    expect((await cli.run('memory list')).stdout).toContain('Nothing is remembered there.');
    expect((await cli.run(`memory search ton ${AGENT}`)).stdout).toContain('tone  {"tone":"friendly"}');
    expect((await cli.run(`memory append notes 1 ${AGENT}`)).stdout).toContain('notes has line 1 now');
    expect((await cli.run(`memory delete tone ${AGENT}`)).stdout).toContain('tone is forgotten');
    expect(await cli.run(`memory get tone ${AGENT}`)).toMatchObject({
      stderr: expect.stringContaining('Nothing is remembered under tone'),
    });
  });

  test('refuses what was changed by somebody else, and what is no JSON', async () => {
    await cli.run(`memory set k 1 ${AGENT}`);
    const late = await cli.run(`memory set k 2 ${AGENT} --version 0`);
    expect(late.code).not.toBe(0);
    expect(late.stderr).toContain('Read it again');
    expect((await cli.run(`memory set k {no ${AGENT}`)).stderr).toContain('not JSON');
    expect((await cli.run('memory list --session talk')).stderr).toContain('Send `track` as well');
  });
});
