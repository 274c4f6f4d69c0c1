import { connect, isIP, type Socket } from 'node:net';
import { failed, ok, type Result } from '../../../base/result.ts';
import { type HostRules, hostText, Refused } from './hosts.ts';
import { reasonOf } from './stream.ts';

/**
 * Makes the way to servers that do not speak HTTP: a connection to a host and port by the same rules, checked when it is made.
 * Problems: `invalid-request` (no host), `forbidden` (not one to be asked), `busy` (no connection in time, or aborted).
 */
export function makeConnect(rules: HostRules) {
  return async (given: string, port: number, waitMs: number, signal?: AbortSignal): Promise<Result<Socket>> => {
    const host = hostText(given);
    if (host === undefined || host === '') {
      return failed('invalid-request', 'The host is no name and no address.', { field: 'host' });
    }
    // No name is resolved for an address.
    if (isIP(host) !== 0 && !rules.mayAsk(host, host, port)) return failed('forbidden', rules.refusal(host, port));
    if (signal?.aborted === true) return failed('busy', 'There is no connection (aborted).');
    return new Promise((resolve) => {
      const socket = connect({ host, port, lookup: rules.lookup(host, port), autoSelectFamily: false });
      const end = (result: Result<Socket>) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        if (!result.ok) socket.destroy();
        resolve(result);
      };
      const timer = setTimeout(() => end(failed('busy', 'There is no connection (no answer in time).')), waitMs);
      const stop = () => end(failed('busy', 'There is no connection (aborted).'));
      signal?.addEventListener('abort', stop);
      // Errors that come later are for whoever uses it; without a listener they would be defects.
      socket.on('error', (error) => {
        if (error instanceof Refused) end(failed('forbidden', error.message));
        else end(failed('busy', `There is no connection (${reasonOf(error)}).`));
      });
      socket.once('connect', () => end(ok(socket)));
    });
  };
}
