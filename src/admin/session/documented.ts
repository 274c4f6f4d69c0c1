import { type ProblemCode, problemCodes } from '../../base/problem.ts';
import { statusWords } from '../status.ts';

const signInProblems: readonly ProblemCode[] = [
  'invalid-request',
  'unreadable-input',
  'unauthenticated',
  'forbidden',
  'too-large',
  'unsupported-media-type',
  'too-many-requests',
  'busy',
  'internal',
];
const providerProblems: readonly ProblemCode[] = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'unknown-object',
  'conflict',
  'busy',
  'internal',
];

const refer = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ 'application/json': { schema: refer(name) } });

function problems(codes: readonly ProblemCode[]): Record<number, object> {
  const content = { 'application/problem+json': { schema: refer('Problem') } };
  const found = new Map<number, string>();
  for (const code of problemCodes) {
    if (!codes.includes(code)) continue;
    const { status, title } = statusWords[code];
    found.set(status, `${found.get(status) ?? ''} ${title} (\`${code}\`).`.trim());
  }
  return Object.fromEntries([...found].map(([status, description]) => [status, { description, content }]));
}

const text = (maxLength: number) => ({ type: 'string', maxLength });
const parameter = (name: string, description: string, schema: object, required = false) => ({
  name,
  in: 'query',
  description,
  ...(required ? { required } : {}),
  schema,
});

/** What the API's document says of the doors that are open to everybody: signing in. */
export const documentedDoors = {
  '/session': {
    post: {
      operationId: 'signIn',
      summary:
        'Signs in by name and password, and the code of the second factor where the account has one; sets the cookie.',
      security: [],
      requestBody: { required: true, content: json('SignIn') },
      responses: {
        201: {
          description: 'The session, and the token that requests which change something carry in X-CSRF-Token.',
          headers: { 'Set-Cookie': { description: 'The cookie of the session.', schema: { type: 'string' } } },
          content: json('OwnSession'),
        },
        ...problems(signInProblems),
      },
    },
  },
  '/session/oidc': {
    get: {
      operationId: 'signInByProvider',
      summary: 'Sends the browser to the tenant’s provider of OpenID Connect.',
      security: [],
      parameters: [
        parameter('tenant', 'The tenant whose provider is asked.', { ...text(256), minLength: 1 }, true),
        parameter('again', 'Ask the person anew who it is.', { enum: ['true', 'false'] }),
      ],
      responses: { 303: { description: 'To the provider.' }, ...problems(providerProblems) },
    },
  },
  '/session/oidc/callback': {
    get: {
      operationId: 'signedInByProvider',
      summary: 'Takes what the provider gives the browser, starts the session and goes to /admin.',
      security: [],
      responses: { 303: { description: 'Signed in.' }, ...problems(providerProblems) },
    },
  },
} as const;
