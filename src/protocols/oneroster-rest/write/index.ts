import type { Handlers } from '../call.ts';
import type { OneRosterDeps } from '../deps.ts';

/** Makes the handlers of the gradebook's writes (OneRoster 1.1 and 1.2). */
export function makeWrites(_deps: Pick<OneRosterDeps, 'roster'>): Handlers {
  return {};
}
