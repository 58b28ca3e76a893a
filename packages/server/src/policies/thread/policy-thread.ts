/**
 * Purpose: the thread in which policies are asked, so that one that never ends, or eats all memory, can be ended.
 */
import { parentPort } from 'node:worker_threads';
import { type PolicyAnswer, askPolicy } from '../cel/ask-policy.ts';
import { type PolicyProgram, policyProgram } from '../cel/policy-program.ts';
import type { PolicyQuestion, PolicyReply } from './policy-questions.ts';

/** Programs that are kept compiled. */
const MOST_KEPT = 500;
const kept = new Map<string, PolicyProgram>();

function programOf({ policy }: PolicyQuestion): PolicyProgram | string {
  const key = JSON.stringify(policy);
  const present = kept.get(key);
  if (present) return present;
  const compiled = policyProgram(policy);
  if ('faults' in compiled)
    return compiled.faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, compiled.program);
  return compiled.program;
}

function answersOf(question: PolicyQuestion): readonly PolicyAnswer[] {
  const program = programOf(question);
  if (typeof program !== 'string') return question.about.map((facts) => askPolicy(program, facts));
  return question.about.map(() => ({ applies: true, broken: [], failed: [program], annotations: {} }));
}

parentPort?.on('message', (question: PolicyQuestion) => {
  const reply: PolicyReply = { number: question.number, answers: answersOf(question) };
  parentPort?.postMessage(reply);
});
// What follows is counted against the time of a policy; loading this file is not.
parentPort?.postMessage('ready');
