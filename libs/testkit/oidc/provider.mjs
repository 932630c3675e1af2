// Starts a certified OpenID provider on the port that is given, with keys of its own, and says so. Started again it has other
// keys and has forgotten everybody, as a provider has whose database was lost.
//
// Whoever signs in types their claims as JSON where a person types their name; its `sub` is who they are.
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: crypto.randomUUID() };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
  clients: [
    {
      client_id: 'mosaic',
      client_secret: 'secret-of-the-client',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/api/auth/oidc/sso/callback'],
    },
  ],
  cookies: { keys: [crypto.randomUUID()] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => JSON.parse(id) }),
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  jwks: { keys: [key] },
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'email', 'groups'],
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 3600, IdToken: 60, Interaction: 600, RefreshToken: 3600, Session: 3600 },
});
// The tests do not know on which port their gateway listens before they have a provider.
provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/api\/auth\/oidc\/sso\/callback$/.test(uri);
provider.listen(port, '127.0.0.1', () => console.log('ready'));
