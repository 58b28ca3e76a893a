import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { findMarked, formatMark, trackOfMark } from './process-mark.ts';
import { isRunning, readProcess } from './process-table.ts';
import { endTree, membersOf } from './process-tree.ts';

const MARK = { track: 'shop/production/web', revision: 'web-1', instance: 0, nonce: 'n' };

function start(command: string, mark: string): ChildProcess {
  const env = { PATH: process.env['PATH'] ?? '', SLUICE_MARK: mark };
  const child = spawn('/bin/sh', ['-c', command], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(async () => void (await endTree({ leader: null, mark }, 0)));
  return child;
}
const leaderOf = ({ pid = 0 }: ChildProcess) => ({ pid, startTicks: readProcess(pid)?.startTicks ?? 0 });
const freshMark = () => formatMark({ ...MARK, directoryHash: randomUUID() });

test('a mark names its track again, and anything else names none', () => {
  expect(trackOfMark(formatMark({ ...MARK, directoryHash: 'd' }))).toBe('shop/production/web');
  expect(trackOfMark('d/x')).toBeUndefined();
  expect(trackOfMark('a/%/c/d/e')).toBeUndefined();
});

test('a process is found by its mark, with its group, and is not found once it has ended', async () => {
  const mark = freshMark();
  const child = start('echo up; exec sleep 1000', mark);
  await once(child.stdout ?? child, 'data');
  const [found] = await findMarked(mark.slice(0, 36));
  expect(found).toMatchObject({ pid: child.pid, group: child.pid, mark });
  expect(await endTree({ leader: leaderOf(child), mark }, 5000)).toBe(true);
  expect(await findMarked(mark.slice(0, 36))).toEqual([]);
});

test('a tree is its group and whatever carries its mark, and ends as a whole', async () => {
  const mark = freshMark();
  const child = start('trap "" TERM; setsid sleep 1000 & sleep 1001 & echo up; wait', mark);
  await once(child.stdout ?? child, 'data');
  const tree = { leader: leaderOf(child), mark };
  expect(await membersOf(tree)).toHaveLength(3);
  expect(await endTree(tree, 50)).toBe(true);
  expect(await membersOf(tree)).toEqual([]);
});

test('a pid that means another process by now is not signalled', async () => {
  const mark = freshMark();
  const stranger = start('echo up; exec sleep 1000', mark);
  await once(stranger.stdout ?? stranger, 'data');
  const leader = leaderOf(stranger);
  const stale = { leader: { ...leader, startTicks: leader.startTicks - 1 }, mark: freshMark() };
  expect(await endTree(stale, 0)).toBe(true);
  expect(isRunning(leader)).toBe(true);
});

test('a process named with spaces and brackets is read right', async () => {
  const mark = freshMark();
  const child = start(
    `echo up; exec ${process.execPath} -e 'process.title = "a) Z 1 (b"; console.log("named"); setTimeout(() => {}, 1e6)'`,
    mark,
  );
  let output = '';
  for await (const chunk of child.stdout ?? []) if ((output += String(chunk)).includes('named')) break;
  expect(readProcess(child.pid ?? 0)).toMatchObject({
    pid: child.pid,
    group: child.pid,
    parent: process.pid,
    zombie: false,
  });
});
