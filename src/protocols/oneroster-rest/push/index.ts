import type { Handlers } from '../call.ts';
import type { OneRosterDeps } from '../deps.ts';

/** Makes the handlers of rostering push, the gateway's own extension. */
export function makePush(_deps: Pick<OneRosterDeps, 'roster'>): Handlers {
  return {};
}
