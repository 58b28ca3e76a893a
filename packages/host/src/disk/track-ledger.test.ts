import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostPaths, trackFileName } from './host-paths.ts';
import { loadTracks } from './load-tracks.ts';
import { TrackLedger } from './track-ledger.ts';
import { newTrackRecord, type TrackRecord } from './track-record.ts';
import { writeAtomically } from './write-atomically.ts';

const TRACK = 'shop/production/web';

async function paths() {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-state-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const found = hostPaths(directory);
  await mkdir(found.stateFolder);
  return { ...found, file: join(found.stateFolder, `${trackFileName(TRACK)}.json`) };
}
const at = (generation: number) => (record: TrackRecord) => ({
  ...record,
  fence: { generation, digests: {} },
});
const generationIn = async (file: string) =>
  (JSON.parse(await readFile(file, 'utf8')) as TrackRecord).fence.generation;

test('a change is seen at once and is on disk when its promise resolves', async () => {
  const where = await paths();
  const ledger = new TrackLedger(where, newTrackRecord(TRACK));
  const written = ledger.update(at(1));
  expect(ledger.record.fence.generation).toBe(1);
  await written;
  expect(await generationIn(where.file)).toBe(1);
});

test('many changes at once need few writes, and none resolves before it is on disk', async () => {
  const where = await paths();
  const ledger = new TrackLedger(where, newTrackRecord(TRACK));
  const seen = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await ledger.update(at(index + 1));
      return (await generationIn(where.file)) >= index + 1;
    }),
  );
  expect(seen).not.toContain(false);
  expect(await generationIn(where.file)).toBe(50);
});

test('a change that could not be written is part of the next write', async () => {
  const where = await paths();
  const ledger = new TrackLedger(
    { ...where, stateFolder: join(where.stateFolder, 'later') },
    newTrackRecord(TRACK),
  );
  await expect(ledger.update(at(7))).rejects.toThrow('ENOENT');
  await mkdir(join(where.stateFolder, 'later'));
  await ledger.update((record) => ({ ...record, revisions: {} }));
  expect(await generationIn(join(where.stateFolder, 'later', `${trackFileName(TRACK)}.json`))).toBe(7);
});

test('what was written is read again; unfinished files go, broken ones are told and left', async () => {
  const where = await paths();
  await new TrackLedger(where, newTrackRecord(TRACK)).update(at(3));
  await writeFile(`${where.file}.unfinished`, 'half');
  await writeFile(join(where.stateFolder, 'a%2Fb%2Fc.json'), '{"format":2}');
  await writeFile(join(where.stateFolder, 'a%2Fb%2Fd.json'), JSON.stringify(newTrackRecord(TRACK)));
  const { records, unreadable } = await loadTracks(where, Date.now());
  expect(records.map(({ track, fence }) => [track, fence.generation])).toEqual([[TRACK, 3]]);
  expect(unreadable.map(({ track }) => track).sort()).toEqual(['a/b/c', 'a/b/d']);
  expect((await readdir(where.stateFolder)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
});

test('the fence of a track without revisions is forgotten after thirty days', async () => {
  const where = await paths();
  await new TrackLedger(where, newTrackRecord(TRACK)).update(at(3));
  await utimes(where.file, 0, 0);
  expect((await loadTracks(where, 29 * 86_400_000)).records).toHaveLength(1);
  expect((await loadTracks(where, 31 * 86_400_000)).records).toEqual([]);
  expect(await readdir(where.stateFolder)).toEqual([]);
});

test('a file is replaced as a whole and readable by its owner only', async () => {
  const where = await paths();
  await writeFile(where.file, 'old');
  await chmod(where.file, 0o644);
  await writeAtomically(where.file, 'new');
  expect(await readFile(where.file, 'utf8')).toBe('new');
  const { stat } = await import('node:fs/promises');
  expect((await stat(where.file)).mode & 0o777).toBe(0o600);
});
