import type { OperationName } from '../../../src/protocols/ims-es/operations.ts';

/** One call, and what the client's own stack must have made of the answer. */
export interface Step {
  readonly operation: OperationName;
  /** The children of the request's element. A value `{ "$saved": NAME }` is what an earlier step kept under that name. */
  readonly request: object;
  /** Pattern of the content of `syncResponseHeaderInfo`. */
  readonly header: object;
  /** Pattern of the content of the answer's element. */
  readonly body: object;
  /** The operations that are not ok when this step fails. */
  readonly judges: readonly OperationName[];
}

type Outcome = 'success' | 'failure';

/** What a call must bring; success and anything in the body unless told. */
export interface Expected {
  /** Of a set operation: one for each status of the set. */
  readonly outcome?: Outcome | readonly Outcome[];
  readonly body?: object;
  /** The operation whose effect this call shows. */
  readonly shows?: OperationName;
}

/** Outcomes of set operations. */
export const outcomes = {
  one: ['success'],
  two: ['success', 'success'],
  secondUnknown: ['success', 'failure', 'success'],
} as const;

/** Steps as they are told one after the other, and the words that they are told in; `tag` precedes all identifiers. */
export function makeStory(tag: string) {
  const steps: Step[] = [];
  const id = (name: string) => `${tag}-${name}`;
  const sourced = (name: string) => ({ identifier: id(name) });
  const sourcedId = (name: string) => ({ sourcedId: sourced(name) });

  const status = (codeMajor: Outcome) => ({
    codeMajor,
    messageIdRef: tag,
    ...(codeMajor === 'success'
      ? { severity: 'status' }
      : { severity: 'error', codeMinor: { codeMinorField: [{ codeMinorValue: 'unknownobject' }] } }),
  });

  return {
    steps: steps as readonly Step[],
    sourced,
    sourcedId,
    sourcedIdSet: (...names: string[]) => ({ sourcedIdSet: { identifier: names.map(id) } }),
    /** The identifier that the gateway made and that was kept under this name. */
    saved: (name: string) => ({ sourcedId: { identifier: { $saved: name } } }),
    pairs: (noun: string, items: readonly (readonly [name: string, item: object])[]) => ({
      [`${noun}IdPairSet`]: { [`${noun}IdPair`]: items.map(([name, item]) => ({ ...sourcedId(name), [noun]: item })) },
    }),
    renamed: (from: string, to: string) => ({
      pairSourcedIdSet: { identifierPair: [{ firstId: id(from), secondId: id(to) }] },
    }),

    /** Tells the next call. */
    call(operation: OperationName, request: object, { outcome = 'success', body = {}, shows }: Expected = {}): void {
      const statuses =
        typeof outcome === 'string'
          ? { statusInfo: status(outcome), statusInfoSet: null }
          : { statusInfo: null, statusInfoSet: { statusInfo: outcome.map(status) } };
      const judges = shows === undefined ? [operation] : [operation, shows];
      steps.push({ operation, request, header: { messageIdentifier: tag, ...statuses }, body, judges });
    },
  };
}

/** See {@link makeStory}. */
export type Story = ReturnType<typeof makeStory>;
