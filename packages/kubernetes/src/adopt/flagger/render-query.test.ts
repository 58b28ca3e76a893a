import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderQuery } from './render-query.ts';

const MODEL = {
  canary: 'web',
  namespace: 'test',
  ingress: 'public',
  route: 'web',
  interval: '2m',
  variables: { code: '404', 'two words': 'x' },
  names: {
    apex: 'web-svc',
    target: 'web',
    candidate: 'shop-production-web-{{candidate-hash}}',
    stable: 'shop-production-web-{{stable-hash}}',
  },
};
const render = (query: string): string => {
  const rendered = renderQuery(query, MODEL);
  return rendered.ok ? rendered.query : `refused: ${rendered.message}`;
};

describe('a query of a MetricTemplate', () => {
  test.each([
    ['{{ name }} {{namespace}} {{ ingress }} {{ route }} {{ interval }}', 'web test public web 2m'],
    ['a{{ variables.code }}b', 'a404b'],
    ['{{ index variables "two words" }}', 'x'],
    ['x   {{- interval -}}   y', 'x2my'],
    ['{{ target }}', 'shop-production-web-{{candidate-hash}}'],
    ['{{ target }}-primary', 'shop-production-web-{{stable-hash}}'],
    ['{{ target }}-[a-z]+', 'shop-production-web-{{candidate-hash}}-[a-z]+'],
    ['{{ service }}', 'web-svc'],
    ['{{ service }}-canary', 'shop-production-web-{{candidate-hash}}'],
    ['{{ service }}-primary', 'shop-production-web-{{stable-hash}}'],
    ['sum(rate(x{a="b"}[1m]))', 'sum(rate(x{a="b"}[1m]))'],
  ])('%s becomes %s', (query, rendered) => {
    expect(render(query)).toBe(rendered);
  });

  test.each([
    '{{ if true }}x{{ end }}',
    '{{ .Values.x }}',
    '{{ variables.toString }}',
    '{{ target | quote }}',
    '}}',
    '{{',
  ])('%s is refused, never half put in', (query) => {
    expect(render(query)).toContain('refused: ');
  });

  test('whatever the text, it is refused or holds no placeholder but the two hashes', () => {
    assert(
      property(string(), (text) => {
        const rendered = renderQuery(`${text}{{ target }}`, MODEL);
        if (!rendered.ok) return;
        expect(rendered.query.replaceAll(/\{\{(candidate|stable)-hash\}\}/g, '')).not.toMatch(/\{\{|\}\}/);
      }),
    );
  });
});
