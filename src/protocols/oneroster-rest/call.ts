import type { Request } from 'express';
import type { Context } from '../../roster/index.ts';
import type { Answer } from './answer.ts';
import type { Kind, Operation, Service } from './operations/index.ts';

/** A request that has found its operation. */
export interface Call {
  readonly service: Service;
  readonly operation: Operation;
  /** The values of the path, decoded, in order: those of `operation.within`, then a `sourcedId`. */
  readonly values: readonly string[];
  /** The query string, without the question mark. */
  readonly query: string;
  /** Address of the gateway as clients know it, without a path. */
  readonly origin: string;
}

/** A call whose caller is known and may make it. */
export interface OpenCall extends Call {
  readonly context: Context;
  /** The request itself, whose body nobody has read. */
  readonly request: Request;
}

/** Answers the calls of one kind; expected failures are answers too ({@link refusal}), a throw is a defect. */
export type Handler = (call: OpenCall) => Promise<Answer>;

/** The handlers by kind; a kind without one is answered as not supported. */
export type Handlers = Readonly<Partial<Record<Kind, Handler>>>;

/** The address of a call's path below the service, values encoded. */
export function addressOf({ service, operation, values, origin }: Call): string {
  let at = 0;
  const path = operation.path.replace(/\{[^}]*\}/g, () => encodeURIComponent(values[at++] ?? ''));
  return origin + service.base + path;
}
