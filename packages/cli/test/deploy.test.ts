import { idleTrack, sampleRollout, sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SHOP, type TestCli, terminal, testCli } from './cli-harness.ts';

let cli: TestCli;
beforeEach(async () => {
  cli = await testCli([]);
  await cli.write('sluice.yaml', SHOP);
});
afterEach(() => cli.close());

/** Ends the rollout that is under way. */
function end(outcome: 'succeeded' | 'rolled-back'): void {
  const reason = outcome === 'succeeded' ? null : { kind: 'judge', detail: 'worse in latency' };
  const last = sampleRollout({ phase: outcome, outcome, reason, finishedAt: 1_768_478_460_000 });
  cli.plane.put(idleTrack({ last }));
}

describe('deploy', () => {
  test('releases the sluice.yaml of the folder and says what it became', async () => {
    const { code, stdout } = await cli.run('deploy --version v2');
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('golden/deploy.txt');
    expect(cli.plane.effects).toEqual(['release v2 of web']);
  });

  test('passes on all that it is told', async () => {
    await cli.write('other.yaml', SHOP);
    const { document } = await cli.json(
      'deploy -f other.yaml --environment staging --version v3 -c web -c db --hotfix --on-conflict queue',
    );
    expect(document).toMatchObject({
      environment: 'staging',
      version: 'v3',
      rollouts: [{ component: 'web', rollout: { requestedBy: 'person:ada' } }, { component: 'db' }],
    });
  });

  test('reads the file from standard input', async () => {
    expect((await cli.run('deploy -f - --version v2', { input: SHOP })).code).toBe(0);
  });

  test('--dry-run and DRY_RUN=true show the plan and change nothing', async () => {
    const flag = await cli.run('deploy --version v2 --dry-run');
    const variable = await cli.run('deploy --version v2', { environment: { DRY_RUN: 'true' } });
    expect(variable).toEqual(flag);
    expect(flag.code).toBe(0);
    await expect(flag.stdout).toMatchFileSnapshot('golden/plan.txt');
    expect((await cli.run('plan --version v2')).stdout).toBe(flag.stdout);
    expect(cli.plane.effects).toEqual([]);
  });

  test('CANARY_WEIGHT is read, and refused when it is no share', async () => {
    const { code, stderr } = await cli.run('deploy', { environment: { CANARY_WEIGHT: 'much' } });
    expect(code).toBe(2);
    expect(stderr).toContain('CANARY_WEIGHT is "much"');
    expect((await cli.run('deploy', { environment: { CANARY_WEIGHT: '25' } })).code).toBe(0);
  });

  test.each([
    [5, 503, 'cluster-unreachable', 'The cluster eu has not answered everything within 10 s.'],
    [6, 409, 'missing-permission', 'web: the credentials of the cluster eu may not patch deployments.apps.'],
    [2, 422, 'unknown-cluster', 'No cluster mars is registered.'],
  ])('what a cluster stands in the way with ends with %i', async (code, status, problem, detail) => {
    const remedy = 'Mend it. Nothing was changed.';
    const type = `urn:sluice:problem:${problem}`;
    const refusal = { type, title: 'Refused', status, code: problem, detail, remedy };
    cli.plane.release = async () => ({ ok: false, refusal });
    const run = await cli.run('deploy --version v2');
    expect(run).toEqual({ code, stdout: '', stderr: `✘ ${detail}\n  ${remedy}\n` });
  });

  test('a refused file is shown at its place, and ends with 2', async () => {
    await cli.write('sluice.yaml', 'components:\n    porcelain: 3\n');
    const { code, stdout, stderr } = await cli.run('deploy');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    await expect(stderr).toMatchFileSnapshot('golden/refused-file.txt');
    const { document } = await cli.json('deploy');
    expect(document).toMatchObject({ status: 422, code: 'invalid-file', faults: [{ line: 2 }] });
  });

  test('a file that is not there ends with 2 and names it', async () => {
    const { code, stderr } = await cli.run('deploy -f nothing.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('nothing.yaml cannot be read: there is no such file.');
  });
});

describe('deploy --wait', () => {
  test('tells what changes, line by line, and ends with 0 when it succeeded', async () => {
    const { code, stdout } = await cli.run('deploy --version v2 --wait', {
      onWait: (times) => {
        if (times === 1) {
          const active = sampleRollout({ step: 5, candidateShareBasisPoints: 2500 });
          const explanation = { ...sampleTrack().explanation, doing: 'v2 at 25%, step 6 of 9: judge 20m' };
          cli.plane.put(sampleTrack({ active, explanation }));
        }
        if (times === 2) end('succeeded');
      },
    });
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('golden/deploy-wait.txt');
  });

  test('ends with 3 when it was rolled back, and says why', async () => {
    const { code, stdout } = await cli.run('deploy --version v2 --wait', {
      onWait: () => end('rolled-back'),
    });
    expect(code).toBe(3);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'storefront/production/web: v2 was rolled back after 59 s (judge): worse in latency',
    );
  });

  test('with --json it prints one document at the end', async () => {
    const { code, document } = await cli.json('deploy --version v2 --wait', {
      onWait: () => end('rolled-back'),
    });
    expect(code).toBe(3);
    expect(document).toMatchObject({ version: 'v2', exitCode: 3, ended: [{ outcome: 'rolled-back' }] });
  });

  test('ends with 4 when the time is over, while the release goes on', async () => {
    const { code, stdout } = await cli.run('deploy --version v2 --wait --timeout 50ms');
    expect(code).toBe(4);
    expect(stdout).toContain('The time to wait is over. It goes on');
  });

  test('ends with 7 when the rollout is stuck and needs a person', async () => {
    const stuck = sampleRollout({
      phase: 'stuck',
      reason: { kind: 'judge', detail: 'the router does not answer' },
    });
    const { code, stdout } = await cli.run('deploy --version v2 --wait', {
      onWait: () => cli.plane.put(sampleTrack({ active: stuck })),
    });
    expect(code).toBe(7);
    expect(stdout).toContain('v2 is stuck and needs a person: the router does not answer');
  });

  test('ends with 130 at Ctrl-C, while the release goes on', async () => {
    const interruption = new AbortController();
    const { code, stdout } = await cli.run('deploy --version v2 --wait', {
      interrupted: interruption.signal,
      onWait: () => interruption.abort(),
    });
    expect(code).toBe(130);
    expect(stdout).toContain('`sluice abort` takes it back');
  });

  test('waits for a control plane that is away for a while', async () => {
    const { code, stdout } = await cli.run('deploy --version v2 --wait', {
      onWait: (times) => {
        cli.plane.failure = times === 1 ? new TypeError('away') : null;
        if (times === 3) end('succeeded');
      },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('The control plane answers again.');
  });

  test('ends with 5 when the control plane stayed away until the time was over', async () => {
    const { code } = await cli.run('deploy --version v2 --wait --timeout 300ms', {
      onWait: (times) => {
        if (times === 1) void cli.closeApi();
      },
    });
    expect(code).toBe(5);
  });

  test('in a terminal it redraws one frame, and gives the cursor back', async () => {
    const seen = terminal(100, 40);
    const frames: (readonly string[])[] = [];
    const { code } = await cli.run('deploy --version v2 --wait', {
      terminal: seen,
      onWait: (times) => {
        frames.push(seen.lines());
        if (times === 2) end('succeeded');
      },
    });
    expect(code).toBe(0);
    expect(frames[1]).toEqual(frames[0]);
    await expect(`${frames[0]?.join('\n')}\n`).toMatchFileSnapshot('golden/deploy-wait-terminal.txt');
    expect(seen.cursorIsHidden).toBe(false);
  });

  test('Ctrl-C gives the cursor back too', async () => {
    const seen = terminal(100, 40);
    const interruption = new AbortController();
    await cli.run('deploy --version v2 --wait', {
      terminal: seen,
      interrupted: interruption.signal,
      onWait: () => interruption.abort(),
    });
    expect(seen.cursorIsHidden).toBe(false);
  });
});
