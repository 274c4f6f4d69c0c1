// A provider of OpenID Connect in a process of its own. It is told by messages who its users are and who signs in, says
// how it answers with { port }, and lets whoever is named sign in without asking.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { clients } = JSON.parse(process.argv[2]);
let users = {};
let current = { user: '' };

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    acrValues: ['mfa'],
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) =>
      users[sub] === undefined ? undefined : { accountId: sub, claims: () => ({ sub, ...users[sub] }) },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const { prompt, params } = await provider.interactionDetails(ctx.req, ctx.res);
    const answer =
      current.refuses === true ? { error: 'access_denied', error_description: '<b>provider text</b>' } : {};
    if (prompt.name === 'login') answer.login = { accountId: current.user, acr: current.acr, remember: true };
    if (prompt.name === 'consent') {
      const grant = new provider.Grant({ accountId: current.user, clientId: params.client_id });
      grant.addOIDCScope(params.scope);
      answer.consent = { grantId: await grant.save() };
    }
    await provider.interactionFinished(ctx.req, ctx.res, answer, { mergeWithLastSubmission: true });
    ctx.respond = false;
  });
  server.on('request', provider.callback());
  process.on('message', (told) => {
    users = told.users ?? users;
    current = told.current ?? current;
    process.send({ done: true });
  });
  process.send({ issuer });
});
process.on('disconnect', () => process.exit());
