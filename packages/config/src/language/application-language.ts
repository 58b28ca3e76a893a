import { z } from 'zod';
import { checkLanguage } from './check-language.ts';
import {
  componentDefaults,
  componentLanguage,
  componentOverride,
  strategyChoice,
} from './component-language.ts';
import { analysisLanguage } from './criteria-language.ts';
import { gateKeys } from './gate-language.ts';
import { kubernetesLanguage } from './kubernetes/kubernetes-language.ts';
import { definition, mayBeEmpty, named, optional, record, required } from './leaf.ts';
import { name } from './names.ts';
import { strategyLanguage } from './strategy-language.ts';
import { targetLanguage } from './target-language.ts';

/** Most components, strategies, checks or environments of one application. */
export const MAX_NAMED = 64;

const environment = definition(
  'environment',
  'Where the application runs.',
  record({
    target: optional(targetLanguage, {
      meaning: 'Where components run here that do not say so themselves.',
      default: 'machine',
      example: { kubernetes: { cluster: 'production', namespace: 'shop' } },
    }),
    kubernetes: optional(kubernetesLanguage, {
      meaning:
        'What holds for all components here that run on Kubernetes; weaker than what they say themselves.',
      example: { metrics: { prometheus: 'http://prometheus.monitoring:9090' } },
    }),
    strategy: optional(strategyChoice(), {
      meaning: 'Strategy of all components here.',
      example: 'blue-green',
    }),
    ...gateKeys,
    components: optional(
      named(name(), componentOverride, 'a mapping from names of components to what is different'),
      {
        meaning:
          'What is different about components here; env and secrets are added to, kubernetes is laid over, the rest is replaced.',
        example: { web: { instances: 6 } },
      },
    ),
  }),
);

/** The whole of a sluice.yaml. */
export const applicationLanguage = record(
  {
    application: required(name(), { meaning: 'Name of the application.', example: 'storefront' }),
    project: optional(name(), {
      meaning:
        'Project that the application belongs to. The first release puts it there; later, a file that names another one is refused. Without it, new applications are in the project default.',
      example: 'shop',
    }),
    components: required(named(name(), componentLanguage, 'a mapping from names to components'), {
      meaning: 'The services of the application.',
      example: { web: { run: 'node server.js' } },
    }),
    target: optional(targetLanguage, {
      meaning: 'Where components run: machine, kubernetes, a namespace of a cluster, or several.',
      default: 'machine',
      example: 'kubernetes',
    }),
    defaults: optional(componentDefaults, {
      meaning: 'What all components have unless they say otherwise.',
      example: { drain: '10s' },
    }),
    strategies: optional(named(name(), strategyLanguage, 'a mapping from names to strategies'), {
      meaning: 'Strategies by the names that components use.',
      example: { careful: { canary: { phases: [{ share: '5%', hold: '10m' }] } } },
    }),
    checks: optional(named(name(), checkLanguage, 'a mapping from names to checks'), {
      meaning: 'Checks by the names that strategies use.',
      example: { smoke: { http: '/healthz' } },
    }),
    analysis: optional(analysisLanguage, {
      meaning: 'What is demanded of candidates by all strategies, unless they say otherwise.',
      example: { judge: { slo: '0.5%' } },
    }),
    environments: optional(named(name(), mayBeEmpty(environment), 'a mapping from names to environments'), {
      meaning:
        'Where the application runs, and what is different there. Without any there is one, called local.',
      example: { staging: {}, production: { strategy: 'blue-green' } },
    }),
  },
  { expects: 'a mapping with at least application and components' },
);

/** A file in the language, read: units are numbers, everything else is as written. */
export type ApplicationInput = z.output<typeof applicationLanguage>;
