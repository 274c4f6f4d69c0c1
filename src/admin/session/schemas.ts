import { adminRoles } from '../../roster/index.ts';
import { flag, object, refer, text, time } from '../schema-parts.ts';

const secret = { type: 'string', minLength: 1, maxLength: 1024 };
const code = { type: 'string', minLength: 1, maxLength: 64 };
const session = {
  id: text,
  name: text,
  role: { enum: [...adminRoles] },
  createdAt: time,
  lastSeenAt: time,
  expiresAt: time,
  freshUntil: time,
  address: text,
  mustSetUp: flag,
};

/** What the routes of sessions take and give. */
export const sessionSchemas = {
  SignIn: object({ name: secret, password: secret, code }, ['code']),
  Proof: object({ password: secret, code }, ['code']),
  Code: object({ code }),
  Session: object(session),
  OwnSession: object({ ...session, csrfToken: text }),
  SessionList: object({ items: { type: 'array', items: refer('Session') } }),
  BegunTotp: object({ secret: text, uri: text }),
  RecoveryCodes: object({ recoveryCodes: { type: 'array', items: text } }),
};
