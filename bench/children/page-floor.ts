import { listen } from './bare-server.ts';
import { connect } from './databases.ts';
import { type Options, type Role, textOf } from './role.ts';

/** The floor of a page: bare http, the driver's find with the filter, offset and limit it is told, JSON.stringify. */
export async function pageFloor(options: Options): Promise<Role> {
  const client = await connect(textOf(options, 'uri'));
  const database = client.db(textOf(options, 'database'));
  const server = await listen('application/json', async (request) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const found = await database
      .collection(pathname.slice(1))
      .find(JSON.parse(query.get('filter') ?? '{}') as Record<string, unknown>)
      .sort({ _id: 1 })
      .skip(Number(query.get('offset')))
      .limit(Number(query.get('limit')))
      .toArray();
    return JSON.stringify({ found });
  });
  return {
    ready: { base: server.base },
    answer: () => Promise.resolve({}),
    async close() {
      await server.close();
      await client.close();
    },
  };
}
