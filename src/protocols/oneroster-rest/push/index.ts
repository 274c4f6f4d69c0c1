import type { Problem } from '../../../base/problem.ts';
import { scopeAddresses } from '../../../roster/index.ts';
import { type Answer, refusal } from '../answer.ts';
import { challenge } from '../bearer.ts';
import { readJsonBody } from '../body/json-body.ts';
import type { Handler, Handlers, OpenCall } from '../call.ts';
import type { OneRosterDeps } from '../deps.ts';
import { collectionOf, type Version } from '../operations/index.ts';
import { statusBody, statusWords } from '../status.ts';
import type { Ask } from './ask.ts';
import { makeStepReader, operationsIn } from './batch.ts';
import { makeRun, type Outcome } from './run.ts';
import { askOf, deletingScope, givenId, idIn } from './single.ts';

/** Makes the handlers of writes of one object, those of the gradebook by the standard among them, and of batches. */
export function makePush({ roster }: Pick<OneRosterDeps, 'roster'>): Handlers {
  const run = makeRun(roster);

  const single: Handler = async (call) => {
    const { operation, context, service, values, request } = call;
    const { version } = service;
    const body = operation.method === 'DELETE' ? undefined : await readJsonBody(request);
    if (body?.ok === false) return refusal(version, body.problem);
    const ask = askOf(operation, idIn(values), body?.value, context.scopes ?? []);
    if (!ask.ok) return refused(call, ask.problem);
    const [outcome] = await run(context, version, [ask.value]);
    return answerOf(call, ask.value, outcome);
  };

  return {
    put: single,
    delete: single,
    'push-put': single,
    'push-post': single,
    'push-delete': single,
    'push-batch': async ({ context, service, request }) => {
      const { version } = service;
      const body = await readJsonBody(request);
      const sent = body.ok ? operationsIn(body.value) : body;
      if (!sent.ok) return refusal(version, sent.problem);
      const steps = sent.value.map(makeStepReader(service, context.scopes ?? []));
      const asks = steps.flatMap((step) => ('ask' in step ? [step.ask] : []));
      const outcomes = await run(context, version, asks);
      let next = 0;
      const results = steps.map((step) => {
        if ('problem' in step) return resultOf(version, undefined, step);
        next += 1;
        return resultOf(version, step.ask, outcomes[next - 1]);
      });
      const isUnknown = outcomes.some((one) => 'problem' in one && one.problem.code === 'unknown-object');
      return { status: 200, body: { results }, ...(isUnknown ? { problem: 'unknown-object' } : {}) };
    },
  };
}

function refused({ service: { version }, operation }: OpenCall, problem: Problem): Answer {
  if (problem.code !== 'forbidden') return refusal(version, problem);
  const header = challenge('insufficient_scope', scopeAddresses(version, [deletingScope(operation)]));
  return refusal(version, problem, { 'WWW-Authenticate': header });
}

function answerOf({ service, operation, origin }: OpenCall, ask: Ask, outcome: Outcome | undefined): Answer {
  const { status, problem } = settled(outcome);
  if (problem !== undefined) return refusal(service.version, problem);
  if (ask.method !== 'POST') return { status };
  const location = `${origin}${service.base}/${collectionOf[operation.view]}/${encodeURIComponent(ask.sourcedId)}`;
  return { status, body: { [operation.wrapper ?? '']: [pairOf(ask)] }, headers: { Location: location } };
}

/** What a POST answers: the id that was sent, empty where there was none, and the id that the object has. */
function pairOf({ sourcedId, object = {} }: Ask): object {
  return { suppliedSourcedId: givenId(object) ?? '', allocatedSourcedId: sourcedId };
}

function settled(outcome: Outcome | undefined): { readonly status: number; readonly problem?: Problem } {
  if (outcome === undefined) throw new Error('an operation without an outcome');
  return 'status' in outcome ? outcome : { status: statusWords[outcome.problem.code].http, problem: outcome.problem };
}

function resultOf(version: Version, ask: Ask | undefined, outcome: Outcome | undefined): object {
  const { status, problem } = settled(outcome);
  return {
    status,
    ...(ask !== undefined && { sourcedId: ask.sourcedId }),
    ...(problem !== undefined && { failure: statusBody(version, problem) }),
  };
}
