import type { Parameters } from '../parameters.ts';
import type { Route } from '../route.ts';

const reason = {
  reason: {
    kind: 'text',
    max: 200,
    doc: 'Why, for the audit log, which keeps it as long as its entry: name a ticket, not a person.',
  },
} as const satisfies Parameters;

/** What a route takes in its query: of one that changes something also why. */
export function queryOfRoute({ method, query }: Pick<Route, 'method' | 'query'>): Parameters {
  return method === 'get' ? query : { ...reason, ...query };
}
