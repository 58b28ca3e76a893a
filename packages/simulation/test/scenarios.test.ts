import { describe, expect, test } from 'vitest';
import { liveThrough } from '../src/run/tell-story.ts';
import { ALL_SCENARIOS } from '../src/scenarios/all-scenarios.ts';
import { endInWords } from '../src/scenarios/scenario.ts';

describe('what users of other tools complain of does not happen here', () => {
  test.each(ALL_SCENARIOS.map((scenario) => [scenario.about, scenario] as const))('%s', (_, scenario) => {
    const { broken, ends, lostRequests } = liveThrough(scenario.script);
    expect(broken).toBeNull();
    // The first end is that of v1, which is stable when the story begins.
    expect(ends.slice(1).map(endInWords)).toEqual(scenario.ends);
    if (scenario.losesNothing) expect(lostRequests).toBe(0);
  });

  test('each has a name of its own', () => {
    const names = ALL_SCENARIOS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
