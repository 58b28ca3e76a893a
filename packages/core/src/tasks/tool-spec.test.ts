import { expect, it } from 'vitest';
import { toolReferenceOf, toolReferenceText } from './tool-spec.ts';

it('reads the name and the version of a tool as people write them', () => {
  const reference = toolReferenceOf('find-order@2.1');
  expect(reference).toEqual({ tool: 'find-order', version: '2.1' });
  expect(reference && toolReferenceText(reference)).toBe('find-order@2.1');
});

it.each(['find-order', '@2', 'find-order@', 'Find@2', 'find order@2', 'find-order@2 ', 'a@b@c'])(
  'does not take "%s" for one',
  (text) => {
    expect(toolReferenceOf(text)).toBeUndefined();
  },
);
