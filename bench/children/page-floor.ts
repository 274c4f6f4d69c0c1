import { listen } from './bare-server.ts';
import { connect } from './databases.ts';
import { type Options, type Role, textOf } from './role.ts';

/** The floor of a page: bare http, the driver's find with the same filter and order, JSON.stringify. */
export async function pageFloor(options: Options): Promise<Role> {
  const client = await connect(textOf(options, 'uri'));
  const persons = client.db(textOf(options, 'database')).collection('persons');
  const server = await listen('application/json', async (request) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    const found = await persons
      .find({ tenant: 'bench', views: 'user' })
      .sort({ _id: 1 })
      .skip(Number(query.get('offset')))
      .limit(Number(query.get('limit')))
      .toArray();
    return JSON.stringify({ users: found });
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
