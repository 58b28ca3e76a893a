import { trackId } from '@sluice/core/kernel/ids.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

const ID = trackId('shop', 'production', 'research');
const known = () => cli.agents.known.get(ID);

describe('an agent that no release delivers', () => {
  test('is registered with what is said of it, and its workers are told where to connect', async () => {
    const { code, stdout } = await cli.run(
      `agents register ${ID} --category support --capabilities search,translate --configuration -`,
      { input: '{"model":"small"}' },
    );
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `✔ The agent ${ID} is registered.\nIts workers connect to ${cli.url} as agent ${ID}, revision registered, with a token in\nSLUICE_TOKEN_FILE: \`sluice token create NAME --role worker\`.\n`,
    });
    expect(known()).toMatchObject({
      ...{ name: 'research', category: 'support', capabilities: ['search', 'translate'] },
      configuration: { model: 'small' },
    });
    const again = await cli.run(`agents register ${ID}`);
    expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('already')]);
  });

  test('is listed, changed where something is said, and forgotten', async () => {
    expect((await cli.run('agents registered')).stdout).toContain('sluice agents register');
    await cli.run(`agents register ${ID} --name Research --capabilities search`);
    await cli.run(`agents update ${ID} --category support`);
    expect((await cli.run('agents registered')).stdout).toBe(
      [
        'AGENT                     NAME      CATEGORY  STATUS    CAPABILITIES',
        'shop/production/research  Research  support   inactive  search\n',
      ].join('\n'),
    );
    expect((await cli.json('agents registered')).document).toMatchObject({ items: [{ id: ID }] });
    expect((await cli.json(`agents remove ${ID}`)).document).toEqual({ id: ID });
    expect((await cli.run(`agents remove ${ID}`)).code).toBe(6);
    expect((await cli.run(`agents update ${ID} --name R`)).code).toBe(6);
  });

  test('is given tasks by its id, as a component is', async () => {
    expect((await cli.run(`tasks submit ${ID}`)).stderr).toContain(`Nothing is known of ${ID}`);
    await cli.run(`agents register ${ID}`);
    expect(await cli.run(`tasks list ${ID}`)).toMatchObject({ code: 0 });
    // The memory of these tests serves one component alone, and says so.
    expect((await cli.run(`tasks submit ${ID}`)).stderr).not.toContain('Nothing is known');
  });

  test.each([
    ['register nothing', 'application/environment/component'],
    ['update a//b --name R', 'application/environment/component'],
    ['remove a/b/c/d', 'application/environment/component'],
    [`register ${ID} --capabilities a,,b`, '/body/capabilities/1'],
    [`register ${ID} --configuration 7`, '--configuration is no JSON object'],
    [`register ${ID} --configuration nonsense`, '--configuration is not JSON'],
    [`update ${ID}`, 'It is not said what is to change'],
  ])('agents %s is refused', async (args, words) => {
    const { code, stderr } = await cli.run(`agents ${args}`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
    expect(cli.agents.known.size).toBe(0);
  });

  test('nothing is changed while DRY_RUN is set', async () => {
    const dry = { environment: { DRY_RUN: 'true' } };
    for (const args of [`register ${ID}`, `update ${ID} --name R`, `remove ${ID}`])
      expect((await cli.run(`agents ${args}`, dry)).stdout).toContain('DRY_RUN is set');
    expect(cli.agents.known.size).toBe(0);
  });

  test.each(['registered', 'register', 'update', 'remove'])('agents %s explains itself', async (verb) => {
    const { code, stdout } = await cli.run(`agents ${verb} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`$ sluice agents ${verb}`);
  });
});
