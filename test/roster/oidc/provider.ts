import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A user of the provider: claims besides `sub`. */
export interface ProviderUser {
  readonly preferred_username?: string;
  readonly groups?: readonly string[] | string;
}

/** What the provider is told: its users by subject, and who signs in from now on. */
export interface Told {
  readonly users?: Readonly<Record<string, ProviderUser>>;
  readonly current?: { readonly user: string; readonly acr?: string; readonly refuses?: boolean };
}

/** A provider of OpenID Connect that is running. */
export interface TestProvider {
  readonly issuer: string;
  tell(told: Told): Promise<void>;
  stop(): Promise<void>;
}

/** A client that the provider knows. */
export interface ProviderClient {
  readonly id: string;
  readonly secret: string;
  readonly callbacks: readonly string[];
}

/** Starts a provider that knows these clients. */
export async function startProvider(...known: readonly ProviderClient[]): Promise<TestProvider> {
  const clients = known.map(({ id, secret, callbacks }) => ({
    client_id: id,
    client_secret: secret,
    redirect_uris: callbacks,
  }));
  const child = fork(fileURLToPath(new URL('provider.js', import.meta.url)), [JSON.stringify({ clients })], {
    // Its warnings are about keys made for a test.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  // A test that fails early must not be kept alive by it; it ends with its parent.
  child.unref();
  child.channel?.unref();
  const { issuer } = (await answerOf(child)) as { readonly issuer: string };
  return {
    issuer,
    async tell(told) {
      const answer = answerOf(child);
      child.send(told);
      await answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const died = once(child, 'exit', { signal: ended.signal }).then(
    () => Promise.reject(new Error('the provider has ended')),
    () => undefined,
  );
  const [answer] = (await Promise.race([once(child, 'message'), died])) as [unknown];
  ended.abort();
  return answer;
}

/** A browser that keeps cookies by origin and follows redirects by hand. */
export function makeBrowser() {
  const jars = new Map<string, Map<string, string>>();

  async function ask(address: string): Promise<Response> {
    const { origin } = new URL(address);
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const isGone = attributes.some((one) => /^\s*expires=thu, 01 jan 1970/i.test(one)) || at + 1 === pair.length;
      if (isGone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  return {
    ask,
    /** The cookies of an origin. */
    cookies: (origin: string): ReadonlyMap<string, string> => jars.get(origin) ?? new Map(),
    /** Follows redirects until one leads to an address that begins as told; answers that address. */
    async followTo(address: string, wanted: string): Promise<string> {
      let at = address;
      for (let steps = 0; steps < 20; steps += 1) {
        if (at.startsWith(wanted)) return at;
        const response = await ask(at);
        const location = response.headers.get('location');
        if (location === null) throw new Error(`${at} answers ${response.status}: ${await response.text()}`);
        at = new URL(location, at).href;
      }
      throw new Error('too many redirects');
    },
  };
}
