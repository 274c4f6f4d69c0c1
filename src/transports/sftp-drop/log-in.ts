import type { AuthContext } from 'ssh2';
import { failed, type Result } from '../../base/result.ts';
import type { Access, Caller, Context } from '../../roster/index.ts';

/** Wrong proofs of one connection after which it is ended, and all tries, keys that are only asked about among them. */
const mostWrong = 6;
const mostTries = 40;
/** Bytes of the longest name, password or key that is looked at. */
const longest = 16_384;

/** What a log-in needs. */
export interface LogInDeps {
  readonly access: Pick<Access, 'sftpUser' | 'sftpKey' | 'hasSftpKey'>;
  readonly utils: Pick<typeof import('ssh2').utils, 'parseKey'>;
  readonly caller: Caller;
  /** Ends the connection. */
  cut(): void;
  /** Called once, when somebody has proved himself; false: the account has too many connections. */
  entered(context: Context): boolean;
  onDefect(error: unknown): void;
}

/** Answers the tries of one connection to log in, by password or public key (RFC 4252), one after the other. */
export function makeLogIn(deps: LogInDeps): (auth: AuthContext) => void {
  const { access, caller } = deps;
  let wrong = 0;
  let tries = 0;
  let isIn = false;
  let last: Promise<void> = Promise.resolve();

  async function proved(auth: AuthContext): Promise<Result<Context> | 'known' | undefined> {
    const { username } = auth;
    if (username.length > longest) return undefined;
    if (auth.method === 'password') {
      return auth.password.length > longest ? undefined : access.sftpUser(username, auth.password, caller);
    }
    if (auth.method !== 'publickey' || auth.key.data.length > longest) return undefined;
    const { key, signature, blob, hashAlgo } = auth;
    // A signature by RSA and SHA-1: it could be forged.
    if (key.algo === 'ssh-rsa' && hashAlgo === undefined) return undefined;
    if (signature === undefined || blob === undefined) {
      return (await access.hasSftpKey(username, key.data, caller)) ? 'known' : undefined;
    }
    const parsed = deps.utils.parseKey(key.data);
    if (parsed instanceof Error) return failed('unauthenticated', 'The key cannot be read.');
    return access.sftpKey(username, key.data, () => parsed.verify(blob, signature, hashAlgo) === true, caller);
  }

  async function answer(auth: AuthContext): Promise<void> {
    tries += 1;
    if (isIn || tries > mostTries) return deps.cut();
    const result = await proved(auth);
    if (result === 'known') return auth.accept();
    if (result?.ok === true) {
      isIn = true;
      return deps.entered(result.value) ? auth.accept() : deps.cut();
    }
    if (result !== undefined) wrong += 1;
    if (wrong >= mostWrong || result?.problem.code === 'too-many-requests') return deps.cut();
    auth.reject(['publickey', 'password']);
  }

  return (auth) => {
    last = last
      .then(() => answer(auth))
      .catch((error: unknown) => {
        deps.onDefect(error);
        deps.cut();
      });
  };
}
