import { declaredEnvironments } from '@sluice/config/declared-environments.ts';
import type { Diagnostic } from '@sluice/config/diagnostics/diagnostic.ts';
import { parseApplication } from '@sluice/config/parse-application.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { Fault } from '@sluice/protocol/http/fault.ts';
import {
  validationReplySchema,
  validationRequestSchema,
  type ValidationReply,
  type ValidationRequest,
} from '@sluice/protocol/http/validations.ts';
import { compileTrafficExpression } from '../../expressions/traffic-expression.ts';
import { compileCel } from '../../expressions/cel-condition.ts';
import { needs } from '../access/needs.ts';
import type { Operation } from '../api-instance.ts';
import { jsonReply, postingRefusals } from '../exchange/documented-replies.ts';

/** `POST /api/v1/validations`: whether a file is right. A file with faults is a good question with a bad answer: 200. */
export const validateFile: Operation = (app, { limits }) => {
  const schema = {
    operationId: 'validateFile',
    tags: ['releases'],
    summary: 'Say whether a sluice.yaml is right, and release nothing',
    body: validationRequestSchema,
    response: {
      200: jsonReply(
        'What was found; a file with faults is answered with 200 as well.',
        validationReplySchema,
      ),
      ...postingRefusals(),
    },
  };
  app.post(
    '/api/v1/validations',
    { schema, ...needs('delivery:read', 'anywhere'), bodyLimit: limits.fileBodyBytes },
    async (request, reply) => reply.code(200).send(validate(request.body)),
  );
};

/** The rules look at all environments at once, so that reading for any one of them finds every fault. */
const faultIn = (compiled: Result<unknown>): string | undefined =>
  compiled.ok ? undefined : compiled.refusal.message;

function validate({ text, file, environment }: ValidationRequest): ValidationReply {
  const outcome = parseApplication(text, {
    file,
    environment: environment ?? declaredEnvironments(text)[0],
    baseDirectory: '/',
    checkExpression: (condition) => faultIn(compileTrafficExpression(condition)),
    checkCondition: (condition) => faultIn(compileCel(condition)),
  });
  if (!outcome.ok) {
    const faults = outcome.diagnostics.map(faultOf);
    return { ok: false, application: null, environments: [], components: [], faults, warnings: [] };
  }
  return {
    ok: true,
    application: outcome.application.application,
    environments: [...outcome.environments],
    components: outcome.application.components.map(({ name }) => name),
    faults: [],
    warnings: outcome.warnings.map(faultOf),
  };
}

function faultOf({ file, line, column, endColumn, path, message, suggestion }: Diagnostic): Fault {
  const place = { file, line, column, endColumn, path, message };
  return suggestion === undefined ? place : { ...place, suggestion };
}
