import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { keyOf } from '../objects/api-object.ts';
import { PODS } from '../objects/resource.ts';
import { makePods, removePods } from '../pods/make-pods.ts';
import { indexByManager, owned } from '../pods/owned.ts';
import { podFromTemplate } from '../pods/pod-from-template.ts';
import { ControlLoop } from '../watching/control-loop.ts';
import type { Controller, ControllerTools } from '../watching/controller.ts';
import { enqueueOwner } from '../watching/enqueue-owner.ts';
import { must, unlessGone } from '../watching/object-access.ts';
import { JOBS, type Job, isFinished } from './job.ts';
import { planJob } from './job-plan.ts';

const RETRY_AFTER_REFUSAL_MS = 500;

/** Runs the pods of Jobs to their end. */
export function jobController(tools: ControllerTools): Controller {
  const { informers, clock } = tools;
  const access = tools.accessAs('kube-controller-manager');
  const podTools = { access, events: tools.events, component: 'job-controller' };
  const jobs = informers.of(JOBS);
  const pods = informers.of(PODS);
  indexByManager(pods);

  const loop = new ControlLoop(clock, async (key) => {
    const job = jobs.byKey(key);
    if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
    if (isFinished(job)) return removeWhenOld(job);
    const plan = planJob(job, owned(pods, job), clock.now());
    const naming = { generateName: `${job.metadata.name}-` };
    const body = podFromTemplate(job, job.spec.template, { naming });
    const bodies = Array.from({ length: plan.create }, () => body);
    const refused = (await makePods(podTools, job, bodies)) ?? (await removePods(podTools, plan.remove));
    if (canonicalJson(plan.status) !== canonicalJson(job.status ?? {})) {
      const written = await access.replace(JOBS, { ...job, status: plan.status }, 'status');
      unlessGone(written, `write the status of ${key}`);
    }
    return refused === undefined ? plan.againInMs : RETRY_AFTER_REFUSAL_MS;
  });

  /** Answers how long a finished Job is kept, in ms. */
  async function removeWhenOld(job: Job): Promise<number | undefined> {
    const { ttlSecondsAfterFinished } = job.spec;
    const ended = job.status?.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed');
    if (ttlSecondsAfterFinished === undefined || ended?.lastTransitionTime === undefined) return undefined;
    const leftMs = Date.parse(ended.lastTransitionTime) + ttlSecondsAfterFinished * 1000 - clock.now();
    if (leftMs > 0) return leftMs;
    must(await access.remove(JOBS, job, { propagation: 'Background' }), `remove ${keyOf(job)}`);
    return undefined;
  }

  const ends = [
    jobs.onChange((now) => {
      if (now !== undefined) loop.add(keyOf(now));
    }),
    pods.onChange(enqueueOwner(loop, 'Job')),
  ];
  return {
    stop: async () => {
      for (const end of ends) end();
      await loop.stop();
    },
  };
}
