import { expect, test } from 'vitest';
import { sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { demandedVersion, matchesTag, trackTag } from './entity-tag.ts';

test('the tag carries the version, and changes with anything that is shown', () => {
  const track = sampleTrack();
  expect(trackTag(track)).toMatch(/^"17\./);
  expect(trackTag(sampleTrack())).toBe(trackTag(track));
  expect(trackTag({ ...track, splitConfirmed: false })).not.toBe(trackTag(track));
});

test('If-None-Match takes lists, weak tags and the star', () => {
  expect(matchesTag(undefined, '"1.a"')).toBe(false);
  expect(matchesTag('"1.b"', '"1.a"')).toBe(false);
  for (const header of ['"1.a"', 'W/"1.a"', '"0.z", "1.a"', '*']) {
    expect(matchesTag(header, '"1.a"')).toBe(true);
  }
});

test('If-Match demands the version of a tag, and nothing else is taken for one', () => {
  expect(demandedVersion(undefined)).toBeNull();
  expect(demandedVersion('*')).toBeNull();
  expect(demandedVersion('"17.abc"')).toBe(17);
  expect(demandedVersion('"17"')).toBe(17);
  for (const header of ['17', 'W/"17.abc"', '"17.a", "18.b"', '"-1"', '""', '"1e3"']) {
    expect(demandedVersion(header)).toBeUndefined();
  }
});
