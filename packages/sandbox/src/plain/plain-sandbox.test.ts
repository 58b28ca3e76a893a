import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeSandboxContract, isRefused } from '../sandbox.contract.ts';
import { launchers, SandboxRig, SECRET } from '../testing/sandbox-rig.ts';

const { possible, lacking } = launchers();
if (lacking !== null) reportSkip(`plain sandboxes of two users: ${lacking}`);

for (const launcher of possible) describeSandboxContract('plain', launcher);

describe.each(possible)('what a plain sandbox of %s does not guarantee', (launcher) => {
  let rig: SandboxRig;
  beforeEach(() => {
    rig = new SandboxRig('plain', launcher);
  });
  afterEach(() => rig.close());

  it('reads whatever its user may read, the environment of its launcher included', async () => {
    const told = await rig.shell('cat /proc/$PPID/environ; cat /etc/passwd');
    expect(told).toMatchObject({ output: expect.stringContaining(SECRET) });
    expect(told).toMatchObject({ output: expect.stringContaining('root:') });
  });

  it('refuses to keep files, network and processes apart instead of pretending to', async () => {
    for (const limits of [{ network: 'none' as const }, { readable: ['/opt'] }, { writable: ['/opt'] }]) {
      const told = await rig.shell('true', { limits });
      expect(isRefused(told) && told.refusal).toMatchObject({
        code: 'sandbox-unavailable',
        remedy: expect.stringContaining('bubblewrap'),
      });
    }
  });
});
