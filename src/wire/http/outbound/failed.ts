import type { Problem } from '../../../base/problem.ts';

/** There was no answer, or none that may be read: what the library throws holds this among its causes. */
export class OutboundFailed extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.text);
    this.name = 'OutboundFailed';
    this.problem = problem;
  }
}
