import type { Context } from '../roster/index.ts';
import type { FeedPlace } from './types.ts';

/** Who acts where a feed fetches its files itself. */
export function feedContext({ tenant, feed }: FeedPlace): Context {
  return { tenant, writer: `feed:${feed}`, namespace: 'default', source: 'file', feeds: [feed] };
}
