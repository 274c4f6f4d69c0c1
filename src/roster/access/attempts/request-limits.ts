import type { Failed } from '../../../base/result.ts';
import type { Rate } from '../../../wire/index.ts';
import type { Context } from '../../context.ts';

/** Requests a second that all instances together answer; 0 or absent: any number. */
export interface RequestRates {
  readonly perCredential?: number;
  readonly perTenant?: number;
  /** By the sender's address, whoever it says it is. */
  readonly perAddress?: number;
}

/** Counts requests of credentials and tenants. */
export interface RequestLimits {
  /** Counts one; answers the refusal (`too-many-requests`) where there were too many. */
  take(context: Context): Promise<Failed | undefined>;
}

/** Makes {@link RequestLimits}; `rate` makes what counts under a name. */
export function makeRequestLimits(
  { perCredential = 0, perTenant = 0 }: RequestRates,
  rate: (name: string, perSecond: number) => Rate,
): RequestLimits {
  const ofCredential = rate('credential-rate', perCredential);
  const ofTenant = rate('tenant-rate', perTenant);
  return {
    async take({ tenant, writer }) {
      // By whatever door it comes, as a writer of one kind or another, it is the same credential.
      const name = writer.slice(writer.indexOf(':') + 1);
      const own = await ofCredential(`${tenant} ${name}`);
      if (own > 0) return tooMany(perCredential, 'credential', own);
      const all = await ofTenant(tenant);
      return all > 0 ? tooMany(perTenant, 'tenant', all) : undefined;
    },
  };
}

function tooMany(perSecond: number, noun: string, retryAfter: number): Failed {
  const text = `${perSecond} requests a second are answered for one ${noun}; wait ${retryAfter} s.`;
  return { ok: false, problem: { code: 'too-many-requests', text, retryAfter } };
}
