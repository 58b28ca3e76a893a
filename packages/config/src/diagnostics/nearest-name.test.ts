import { describe, expect, it } from 'vitest';
import { nearestName, unknownName } from './nearest-name.ts';

const KEYS = [
  'run',
  'route',
  'instances',
  'health',
  'env',
  'secrets',
  'needs',
  'max-body',
  'max-surge',
  'phases',
  'hold',
  'share',
];

describe('the name that was probably meant', () => {
  it.each([
    ['helth', 'health'],
    ['fases', 'phases'],
    ['maxSurge', 'max-surge'],
    ['max_body', 'max-body'],
    ['MAX-BODY', 'max-body'],
    ['instance', 'instances'],
    ['inst', 'instances'],
    ['replicas', 'instances'],
    ['depends_on', 'needs'],
    ['command', 'run'],
    ['environment', 'env'],
    ['pause', 'hold'],
    ['setWeight', 'share'],
  ])('for %s is %s', (written, meant) => {
    expect(nearestName(written, KEYS)).toBe(meant);
  });

  it.each(['image', 'x', '', 'labels'])('for %j is none', (written) => {
    expect(nearestName(written, KEYS)).toBeUndefined();
  });

  it('is looked for only among what may stand there', () => {
    expect(nearestName('replicas', ['share', 'hold'])).toBeUndefined();
  });
});

describe('an unknown name', () => {
  it('is told with what is known when nothing is near', () => {
    expect(unknownName('image', ['run', 'route'], 'key').says).toBe(
      'is not a known key; known are run, route',
    );
    expect(unknownName('a', ['smoke'], 'check').says).toBe('is not a known check; the only one is "smoke"');
    expect(unknownName('a', [], 'check').says).toBe('is not a known check; there are none');
  });
});
