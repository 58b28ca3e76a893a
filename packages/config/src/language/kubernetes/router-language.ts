import { z } from 'zod';
import { DEFAULTS } from '../defaults.ts';
import {
  choice,
  definition,
  freeText,
  list,
  oneOf,
  oneOrMore,
  optional,
  record,
  required,
  textLeaf,
  whole,
} from '../leaf.ts';
import { cookieName } from '../names.ts';
import { duration } from '../quantities.ts';
import { objectName, objectPart } from './kubernetes-forms.ts';

const ROUTERS = ['service', 'gateway-api', 'istio'] as const;

const inNamespace = (what: string, example: string) =>
  textLeaf({
    expects: `the name of ${what}, with its namespace before it where that is another, such as ${example}`,
    pattern: /^([a-z0-9][-a-z0-9]{0,62}\/)?[a-z0-9][-a-z0-9.]{0,252}$/,
    parse: (text) => text,
  });

const section = () =>
  optional(objectName('a listener', 'https'), {
    meaning: 'The listener of a Gateway or the port of a Service, by its name.',
    example: 'https',
  });

const parent = definition(
  'gateway-parent',
  'What a route is attached to: one of gateway and service. As a text: a Gateway, with its namespace before it where that is another.',
  z.union([
    inNamespace('a Gateway', 'infra/public'),
    oneOf(
      {
        gateway: optional(inNamespace('a Gateway', 'infra/public'), {
          meaning: 'A Gateway.',
          example: 'infra/public',
        }),
        service: optional(inNamespace('a Service', 'shop/web'), {
          meaning: 'A Service, for a mesh that understands routes (GAMMA).',
          example: 'web',
        }),
        section: section(),
      },
      { keys: ['gateway', 'service'] },
    ),
  ]),
);

const routerTimeout = () =>
  optional(duration('100ms', '1h'), {
    meaning: 'Longest time of a request, answer included.',
    otherwise: 'timeout of the component where it is written, else that of the router',
    example: '30s',
  });

const gatewayApi = definition(
  'gateway-api',
  'A route of the Gateway API. Needs parents, or the name of a route that exists.',
  record({
    parents: optional(oneOrMore(parent, 'such parents'), {
      meaning: 'What the route is attached to, as its parentRefs say.',
      example: 'infra/public',
    }),
    route: optional(choice('HTTPRoute', 'GRPCRoute'), {
      meaning: 'Kind of the route.',
      default: 'HTTPRoute',
    }),
    name: optional(objectName('a route', 'web'), {
      meaning:
        'A route that exists and is adopted: only the backends that are the component are changed. Left away: Sluice makes one.',
      example: 'web',
    }),
    'session-cookie': optional(cookieName(), {
      meaning: 'Cookie for the session persistence of the gateway, where it offers that.',
      example: 'session',
    }),
    timeout: routerTimeout(),
  }),
);

const virtualService = definition(
  'virtual-service',
  'A VirtualService that exists and is adopted. As a text: its name.',
  z.union([
    objectName('a VirtualService', 'web'),
    record({
      name: required(objectName('a VirtualService', 'web'), { meaning: 'Its name.', example: 'web' }),
      routes: optional(list(freeText('the name of a route'), 'names of routes'), {
        meaning:
          'The names of its HTTP routes that are changed; all that lead to the component when left away.',
        example: ['primary'],
      }),
    }),
  ]),
);

const retries = definition(
  'istio-retries',
  'Retries of requests that failed.',
  record({
    attempts: required(whole(0, 20), { meaning: 'Most retries of one request.', example: 2 }),
    'per-try-timeout': optional(duration('10ms', '1h'), {
      meaning: 'Longest time of one try.',
      default: DEFAULTS.kubernetes.retries.perTryTimeout,
    }),
    on: optional(freeText('conditions of Envoy with commas between them'), {
      meaning: 'What is tried again.',
      default: DEFAULTS.kubernetes.retries.on,
    }),
  }),
);

const istioPart = (what: string, meaning: string, example: Record<string, unknown>) =>
  optional(objectPart(`a mapping in the form of ${what}`), {
    meaning: `${meaning} In the form of \`${what}\`.`,
    example,
  });

const istio = definition(
  'istio',
  'A VirtualService with a DestinationRule. What is left away is made by Sluice.',
  record({
    'virtual-service': optional(virtualService, {
      meaning: 'A VirtualService that exists and is adopted.',
      example: 'web',
    }),
    gateways: optional(oneOrMore(inNamespace('a gateway of Istio', 'istio-system/public'), 'such names'), {
      meaning: 'Gateways of Istio on which the hosts are served; mesh means the sidecars.',
      default: 'mesh',
      example: ['istio-system/public', 'mesh'],
    }),
    hosts: optional(oneOrMore(freeText('a host name'), 'host names'), {
      meaning: 'Hosts of the VirtualService, beside the Service of the component.',
      otherwise: 'the host of `route`',
      example: 'shop.example.com',
    }),
    timeout: routerTimeout(),
    retries: optional(retries, { meaning: 'Retries of requests that failed.', example: { attempts: 2 } }),
    fault: istioPart('http[].fault of a VirtualService', 'Faults that are put in on purpose.', {
      delay: { percentage: { value: 1 }, fixedDelay: '5s' },
    }),
    'outlier-detection': istioPart(
      'trafficPolicy.outlierDetection of a DestinationRule',
      'When a pod is left out for a while.',
      { consecutive5xxErrors: 5, interval: '30s' },
    ),
    'connection-pool': istioPart(
      'trafficPolicy.connectionPool of a DestinationRule',
      'Limits on connections and requests.',
      { http: { http2MaxRequests: 1000 } },
    ),
    locality: istioPart(
      'trafficPolicy.loadBalancer.localityLbSetting of a DestinationRule',
      'Which zones serve whom.',
      { enabled: true },
    ),
    'mutual-tls': optional(choice('STRICT', 'PERMISSIVE'), {
      meaning: 'Makes a PeerAuthentication for the pods of the component.',
      example: 'STRICT',
    }),
    allow: optional(
      list(objectPart('a mapping in the form of a rule of an AuthorizationPolicy'), 'rules', {
        from: 0,
        to: 200,
      }),
      {
        meaning:
          'Makes an AuthorizationPolicy that allows just this; rules in the form of `spec.rules`. An empty list allows nothing.',
        example: [{ from: [{ source: { namespaces: ['shop'] } }] }],
      },
    ),
  }),
);

const router = definition(
  'router',
  'Who splits the traffic of a component. As a word: with all defaults. service is no router at all: a plain Service, so that the share follows the number of pods.',
  z.union([
    choice(...ROUTERS),
    oneOf({
      'gateway-api': optional(gatewayApi, {
        meaning: 'A route of the Gateway API.',
        example: { parents: 'infra/public' },
      }),
      istio: optional(istio, {
        meaning: 'A VirtualService with a DestinationRule.',
        example: { gateways: 'istio-system/public' },
      }),
    }),
  ]),
);

/** One router, or several from the edge inwards. */
export const routersLanguage = () => oneOrMore(router, 'routers, from the edge inwards');

/** Routers as written. */
export type RoutersInput = z.output<ReturnType<typeof routersLanguage>>;
/** One router as written. */
export type RouterInput = Exclude<RoutersInput, readonly unknown[]>;
