import type { JsonObject } from '@sluice/core/kernel/json.ts';
import {
  ANYTHING,
  FLAG,
  listOf,
  objectOf,
  oneOf,
  type Shape,
  TEXT,
  TEXTS,
  WHOLE,
} from '../workloads/shape.ts';
import type { MetricRule, TemplateReference } from './rollout-spec.ts';

const NUMBER_OR_TEXT: Shape = { kind: 'number-or-text' };
const HEADERS = listOf(objectOf({ key: TEXT, value: TEXT }, { required: ['key', 'value'] }));
const AUTHENTICATION = objectOf({
  basicAuth: objectOf({ username: TEXT, password: TEXT }),
  oauth2: ANYTHING,
  sigv4: ANYTHING,
});

const PROVIDERS = {
  prometheus: objectOf({
    address: TEXT,
    query: TEXT,
    timeout: NUMBER_OR_TEXT,
    insecure: FLAG,
    headers: HEADERS,
    authentication: AUTHENTICATION,
    rangeQuery: objectOf({ start: TEXT, end: TEXT, step: TEXT }, { required: ['start', 'end', 'step'] }),
  }),
  web: objectOf(
    {
      url: TEXT,
      method: oneOf('GET', 'POST', 'PUT'),
      headers: HEADERS,
      body: TEXT,
      jsonBody: { kind: 'map', of: ANYTHING },
      jsonPath: TEXT,
      timeoutSeconds: NUMBER_OR_TEXT,
      insecure: FLAG,
      authentication: AUTHENTICATION,
    },
    { required: ['url'] },
  ),
  job: objectOf(
    { metadata: objectOf({ labels: TEXTS, annotations: TEXTS }), spec: { kind: 'map', of: ANYTHING } },
    { required: ['spec'] },
  ),
};

/** Providers that Argo has and Sluice has not. */
export const OTHER_PROVIDERS = [
  'kayenta',
  'datadog',
  'newRelic',
  'wavefront',
  'cloudWatch',
  'graphite',
  'influxdb',
  'skywalking',
  'plugin',
] as const;

const PROVIDER = objectOf(
  { ...PROVIDERS, ...Object.fromEntries(OTHER_PROVIDERS.map((name) => [name, ANYTHING])) },
  { exactlyOne: [...Object.keys(PROVIDERS), ...OTHER_PROVIDERS] },
);

/** `spec` of an AnalysisTemplate or ClusterAnalysisTemplate of `argoproj.io/v1alpha1`. */
export const TEMPLATE_SPEC: Shape = objectOf({
  args: listOf(
    objectOf(
      {
        name: TEXT,
        value: NUMBER_OR_TEXT,
        valueFrom: objectOf(
          {
            secretKeyRef: objectOf({ name: TEXT, key: TEXT }, { required: ['name', 'key'] }),
            fieldRef: objectOf({ fieldPath: TEXT }, { required: ['fieldPath'] }),
          },
          { exactlyOne: ['secretKeyRef', 'fieldRef'] },
        ),
      },
      { required: ['name'] },
    ),
  ),
  metrics: listOf(
    objectOf(
      {
        name: TEXT,
        interval: TEXT,
        initialDelay: TEXT,
        count: NUMBER_OR_TEXT,
        failureLimit: NUMBER_OR_TEXT,
        inconclusiveLimit: NUMBER_OR_TEXT,
        consecutiveErrorLimit: NUMBER_OR_TEXT,
        consecutiveSuccessLimit: NUMBER_OR_TEXT,
        successCondition: TEXT,
        failureCondition: TEXT,
        provider: PROVIDER,
      },
      { required: ['name', 'provider'] },
    ),
  ),
  templates: listOf(objectOf({ templateName: TEXT, clusterScope: FLAG }, { required: ['templateName'] })),
  dryRun: listOf(objectOf({ metricName: TEXT }, { required: ['metricName'] })),
  measurementRetention: listOf(
    objectOf({ metricName: TEXT, limit: WHOLE }, { required: ['metricName', 'limit'] }),
  ),
});

/** An argument that a template declares. */
export interface TemplateArgument {
  readonly name: string;
  readonly value?: string | number;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

/** One metric as it is written, before its arguments are put in. */
export interface TemplateMetric {
  readonly name: string;
  readonly interval?: string;
  readonly initialDelay?: string;
  readonly count?: number | string;
  readonly failureLimit?: number | string;
  readonly inconclusiveLimit?: number | string;
  readonly consecutiveErrorLimit?: number | string;
  readonly consecutiveSuccessLimit?: number | string;
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly provider: MetricProvider;
}

/** Headers as a template writes them. */
export type TemplateHeaders = readonly { readonly key: string; readonly value: string }[];

/** How a provider wants to be sure of who asks. */
export interface TemplateAuthentication {
  readonly basicAuth?: { readonly username?: string; readonly password?: string };
  readonly oauth2?: object;
  readonly sigv4?: object;
}

/** Where a metric comes from; exactly one key is there. */
export interface MetricProvider {
  readonly prometheus?: {
    readonly address?: string;
    readonly query?: string;
    readonly timeout?: number | string;
    readonly insecure?: boolean;
    readonly headers?: TemplateHeaders;
    readonly authentication?: TemplateAuthentication;
    readonly rangeQuery?: { readonly start: string; readonly end: string; readonly step: string };
  };
  readonly web?: {
    readonly url: string;
    readonly method?: 'GET' | 'POST' | 'PUT';
    readonly headers?: TemplateHeaders;
    readonly body?: string;
    readonly jsonBody?: JsonObject;
    readonly jsonPath?: string;
    readonly timeoutSeconds?: number | string;
    readonly insecure?: boolean;
    readonly authentication?: TemplateAuthentication;
  };
  readonly job?: {
    readonly metadata?: {
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec: JsonObject;
  };
}

/** `spec` of a template, once it has been found to have its shape. */
export interface TemplateSpec {
  readonly args?: readonly TemplateArgument[];
  readonly metrics?: readonly TemplateMetric[];
  readonly templates?: readonly TemplateReference[];
  readonly dryRun?: readonly MetricRule[];
  readonly measurementRetention?: readonly MetricRule[];
}
