import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestCli, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli();
});
afterEach(() => cli.close());

describe('audit', () => {
  test('list shows who did what, newest first, and filters', async () => {
    cli.audit.record({ actor: 'token:ci', action: 'glassBroken', reason: 'shop is down', subject: 'ro-2' });
    const { code, stdout } = await cli.run('audit list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ENTRY\s+AT\s+BY\s+DID\s+TO\s+WHAT/);
    expect(stdout.split('\n')[1]).toMatch(/3 .* token:ci\s+glassBroken\s+ro-2\s+shop is down/);
    expect((await cli.run('audit list --actor token:ci')).stdout.trim().split('\n')).toHaveLength(2);
    expect((await cli.run('audit list --actor nobody')).stdout).toBe('The ledger has no such entry.\n');
    expect(await cli.run('audit list --from yesterday')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--from is "yesterday", which is no moment'),
    });
  });

  test('show prints all that an entry says, and names that are not there', async () => {
    cli.audit.record({ reason: 'because\u001b[31m', approvals: [{ by: 'person:bea' }], requestId: 'req-9' });
    const { stdout } = await cli.run('audit show 3');
    expect(stdout).toContain('approved by  person:bea');
    expect(stdout).toContain('request      req-9');
    expect(stdout).not.toContain('\u001b');
    expect(await cli.run('audit show 99')).toMatchObject({ code: 6 });
  });

  test('verify asks the control plane, and ends with 1 for what is wrong', async () => {
    expect(await cli.run('audit verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 entries are as they were written'),
    });
    cli.audit.fault = { sequence: 2, problem: 'it was changed' };
    expect(await cli.run('audit verify')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Entry 2: it was changed.'),
    });
    expect(await cli.run('audit verify --key k.pem')).toMatchObject({ code: 2 });
  });

  test('head, keys and witnesses say what vouches for it', async () => {
    expect(JSON.parse((await cli.run('audit head')).stdout)).toMatchObject({ size: 2, tenant: 'default' });
    expect((await cli.run('audit keys')).stdout).toMatch(/signs/);
    expect((await cli.run('audit witnesses')).stdout).toContain(
      'host of this machine: agrees, has 2 entries',
    );
    expect(await cli.run('audit rotate-key')).toMatchObject({ code: 0 });
  });

  test('holds and retention are placed, shown and released', async () => {
    expect((await cli.run('audit holds')).stdout).toBe('There is no legal hold.\n');
    expect(await cli.run('audit hold')).toMatchObject({ code: 2 });
    expect((await cli.run('audit hold --reason "case 12" --subject ro-1')).stdout).toContain('case 12');
    expect(await cli.run('audit release hold-1')).toMatchObject({ code: 0 });
    expect(await cli.run('audit release hold-1')).toMatchObject({ code: 6 });
    expect((await cli.run('audit retention')).stdout).toContain('kept for ever');
    expect((await cli.run('audit retention --days 30')).stdout).toContain('kept for 30 days');
  });

  test('report and dora tell the changes of a period', async () => {
    cli.audit.record({ action: 'rolloutSucceeded', at: SAMPLE_TIME + 60_000, detail: { words: 'good' } });
    const { stdout } = await cli.run('audit report --from 1d');
    expect(stdout).toContain('| ro-1 | default | storefront/production/web | v2 |');
    expect((await cli.run('audit report --form csv')).stdout).toMatch(/^rollout,project,/);
    expect((await cli.run('dora')).stdout).toMatch(/default\s+production\s+1\s+\d\.\d\d\s+1 min/);
    expect(await cli.run('dora --env staging')).toMatchObject({
      stderr: '',
      stdout: 'No change ended in this period.\n',
    });
    expect(await cli.run('dora --from 2026-02-01 --to 2026-01-01')).toMatchObject({ code: 2 });
  });
});

describe('an export', () => {
  const lines = async (): Promise<string[]> =>
    (await readFile(join(cli.folder, 'ledger.jsonl'), 'utf8')).trimEnd().split('\n');
  const save = (changed: readonly string[]): Promise<void> =>
    writeFile(join(cli.folder, 'ledger.jsonl'), `${changed.join('\n')}\n`);

  beforeEach(async () => {
    cli.audit.record({}, { actor: 'token:ci' }, { detail: { words: 'ä "kind":"head"' } });
    expect(await cli.run('audit export -o ledger.jsonl')).toMatchObject({ code: 0 });
    const head = await cli.run('audit head');
    await writeFile(join(cli.folder, 'head.json'), head.stdout);
    const keys = JSON.parse((await cli.run('audit keys --json')).stdout) as {
      items: { publicKey: string }[];
    };
    await writeFile(join(cli.folder, 'key.pem'), keys.items[0]?.publicKey ?? '');
    await cli.closeApi();
  });

  const verify = (more = '--key key.pem --head head.json') =>
    cli.run(`audit verify --file ledger.jsonl ${more}`);

  test('is verified without the control plane', async () => {
    expect(await verify()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('5 entries are as they'),
    });
    const alone = await verify('');
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain('Organisation: default\n');
    expect(alone.stdout).toContain('Nothing from outside vouches for it');
  });

  /** Line 0 begins the export, 1 to 5 are entries, then come key and head. */
  test.each<[string, (all: string[]) => string[], string]>([
    [
      'edited',
      (all) => all.with(2, all[2]?.replace('person:ada', 'person:eve') ?? ''),
      'Entry 2: it was changed.',
    ],
    ['removed', (all) => all.toSpliced(3, 1), 'Entry 4: an entry is missing before it.'],
    [
      'swapped',
      (all) => all.with(2, all[3] ?? '').with(3, all[2] ?? ''),
      'Entry 3: an entry is missing before it.',
    ],
    ['doubled', (all) => all.toSpliced(2, 0, all[2] ?? ''), 'Entry 2: it is out of order.'],
    ['cut off', (all) => all.slice(0, 4), 'Entry 4: entries up to 5 are missing over which the head'],
    [
      'added to',
      (all) => all.with(1, all[1]?.replace('{', '{"note":"trust me",') ?? ''),
      'Entry 1: it was changed.',
    ],
    [
      'joined with that of another organisation',
      (all) => all.with(2, all[2]?.replace('"tenant":"default"', '"tenant":"acme"') ?? ''),
      'Entry 2: it is of another organisation.',
    ],
    ['torn', (all) => all.with(2, all[2]?.slice(0, 30) ?? ''), 'Line 3: the line cannot be read.'],
    ['of something else', () => ['{}'], 'Line 1: the file does not begin as an export does.'],
  ])('that was %s is found out, and the first wrong entry is named', async (_, change, problem) => {
    await save(change(await lines()));
    const { code, stdout } = await verify();
    expect([code, stdout]).toEqual([1, expect.stringContaining(problem)]);
  });

  test('that was written anew with a key of its own is found out by the key and by the head that were kept', async () => {
    const forger = await testCli();
    forger.audit.record({}, { actor: 'token:eve' }, {});
    await forger.run('audit export -o forged.jsonl');
    await save((await readFile(join(forger.folder, 'forged.jsonl'), 'utf8')).trimEnd().split('\n'));
    await forger.close();
    expect((await verify('')).code).toBe(0);
    const byKey = await verify('--key key.pem');
    expect([byKey.code, byKey.stdout]).toEqual([
      1,
      expect.stringContaining('nobody who may has signed the head'),
    ]);
    const byHead = await verify('--head head.json');
    expect(byHead.code).toBe(1);
  });

  test('of which nothing was signed by whom it is said to be is not intact, whatever it says of itself', async () => {
    const all = await lines();
    const heads = all.filter((line) => line.includes('"kind":"head"') && line.includes('"signature"'));
    await save(all.filter((line) => !heads.includes(line)));
    const bare = await verify('--key key.pem');
    expect([bare.code, bare.stdout]).toEqual([
      1,
      expect.stringContaining('Nothing that was given vouches for it'),
    ]);
    await save(all.with(0, all[0]?.replace('"entries":5', '"entries":null') ?? ''));
    const part = await verify();
    expect([part.code, part.stdout]).toEqual([
      1,
      expect.stringContaining('heads are made over whole ledgers'),
    ]);
    expect(await verify('')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('5 entries fit the hashes that stand with them'),
    });
  });

  test('says up to where a head was signed', async () => {
    const all = await lines();
    const forger = await testCli();
    forger.audit.record(
      {},
      { actor: 'token:ci' },
      { detail: { words: 'ä "kind":"head"' } },
      { actor: 'token:eve' },
    );
    await forger.run('audit export -o longer.jsonl');
    const longer = (await readFile(join(forger.folder, 'longer.jsonl'), 'utf8')).trimEnd().split('\n');
    await forger.close();
    const added = longer.find((line) => line.includes('"sequence":6')) ?? expect.fail('nothing was added');
    await save(all.toSpliced(6, 0, added));
    const { code, stdout } = await verify();
    expect([code, stdout]).toEqual([0, expect.stringContaining('Of the entries after 5 no head was signed')]);
  });

  test('in which an entry was emptied as if its time were over is found out, and one that says something again', async () => {
    const all = await lines();
    const entry = JSON.parse(all[2] ?? '') as Record<string, unknown>;
    const emptied = { ...entry, actor: '', action: 'expired', subject: '', detail: null, expiredAt: 5 };
    const {
      before: _b,
      after: _a,
      requestId: _i,
      reason: _r,
      approvals: _s,
      ...blank
    } = emptied as Record<string, unknown>;
    await save(all.with(2, JSON.stringify(blank)));
    expect((await verify()).stdout).toContain(
      'Entry 2: its contents were removed, and no later entry says so.',
    );
    await save(all.with(2, JSON.stringify({ ...blank, actor: 'person:eve' })));
    expect((await verify()).stdout).toContain('Entry 2: it says something, and its contents were removed.');
  });

  test('that is not there is refused, as is a head that is none', async () => {
    expect(await cli.run('audit verify --file nothing.jsonl')).toMatchObject({ code: 2 });
    await cli.write('head.json', '{"size": -1}');
    expect(await verify()).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be read') });
  });
});
