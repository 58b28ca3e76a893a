import { describe, expect, it } from 'vitest';
import { fitsLabels, labelSelectorOf, parseLabelSelector, renderLabelSelector } from './label-selector.ts';

describe('a label selector', () => {
  it.each([
    ['app=web', { app: 'web' }, true],
    ['app=web', {}, false],
    ['app!=web', {}, true],
    ['app in (web, api),tier notin (db)', { app: 'api' }, true],
    ['app in (web)', { app: 'api' }, false],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['n>10,n<12', { n: '11' }, true],
    ['n>10', { n: '10' }, false],
    ['app=', { app: '' }, true],
    ['', { any: 'thing' }, true],
  ])('%j and %j fit: %s', (text, labels, fits) => {
    expect(fitsLabels(parseLabelSelector(text), labels)).toBe(fits);
  });

  it.each(['a=b=c', 'a=b c', 'a in b', 'a in (b', 'a ~ b'])('is refused with 400: %j', (text) => {
    expect(() => parseLabelSelector(text)).toThrowError(expect.objectContaining({ status: 400 }) as Error);
  });

  it('is read from an object, where nothing selects nothing', () => {
    expect(labelSelectorOf(undefined)).toBeUndefined();
    const selector = labelSelectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'slot', operator: 'NotIn', values: ['old'] }],
    });
    expect(fitsLabels(selector ?? [], { app: 'web', slot: 'new' })).toBe(true);
    expect(fitsLabels(selector ?? [], { app: 'web', slot: 'old' })).toBe(false);
    expect(renderLabelSelector(selector ?? [])).toBe('app=web,slot notin (old)');
  });
});
