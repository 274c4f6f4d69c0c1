import { startAdmin } from '../admin/gateway.ts';
import { testDatabase } from '../setup/database.ts';
import { demo } from '../setup/services.ts';

/** Both ways in which the command line works; `close` ends what it works with. */
export const ways = {
  'a running gateway': async () => {
    const { url, close } = await startAdmin();
    return {
      settings: { ROSTERGATE_URL: url.replace(/\/api\/v1$/, ''), ROSTERGATE_KEY: demo.password },
      by: 'admin:admin-key',
      close,
    };
  },
  'the database itself': async () => {
    const { uri, close } = await testDatabase();
    const first = { BOOTSTRAP_TENANT: demo.tenant, BOOTSTRAP_USER: demo.user, BOOTSTRAP_PASSWORD: demo.password };
    return { settings: { MONGODB_URI: uri, PORT: '1', ...first }, by: 'admin:command-line', close };
  },
} as const;
